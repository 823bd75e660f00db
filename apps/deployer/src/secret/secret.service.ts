import { DomainError } from '@signalbox/domain';
import type { SecretPin } from './secret.js';
import type { SecretStore } from './secret.store.js';

export class SecretService {
  constructor(
    private readonly secrets: SecretStore,
    private readonly onChange: () => void,
  ) {}

  async put(place: { application: string; environment: string }, name: string, value: string): Promise<void> {
    await this.secrets.put(place, name, value);
    this.onChange();
  }

  list(place: { application: string; environment: string }): Promise<SecretPin[]> {
    return this.secrets.pins(place);
  }

  async remove(place: { application: string; environment: string }, name: string): Promise<void> {
    if (!(await this.secrets.remove(place, name)))
      throw new DomainError('not_found', `no secret ${name} of ${place.application} in ${place.environment}`);
  }
}
