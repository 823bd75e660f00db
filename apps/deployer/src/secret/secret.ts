/** Which value of a secret a deployment runs with: a later change must not restart it. */
export interface SecretPin {
  name: string;
  version: number;
}
