/** Where runners leave test reports, by digest. */
export interface ReportStore {
  /** The report's text; throws ReportGoneError when the store does not have it. */
  read(digest: string): Promise<string>;
}

export class ReportGoneError extends Error {}
