/** Deals the partitions out in turn. Every member computes the same from the same list of members. */
export function assignedTo<P>(member: number, members: readonly number[], partitions: readonly P[]): P[] {
  const place = members.indexOf(member);
  return partitions.filter((_, index) => index % members.length === place);
}
