import { rmSync } from 'node:fs';
import { stateFolder } from '../support/installation.js';

/** Where a run keeps its ledgers and logs: they stay, whatever went wrong, unless every test has passed. */
export class RunFolder {
  readonly path = stateFolder();
  private wanted = 0;
  private passed = 0;

  /** The test, counted. @param times how often it is called */
  holding<A extends unknown[]>(test: (...args: A) => Promise<void>, times = 1): (...args: A) => Promise<void> {
    this.wanted += times;
    return async (...args) => {
      await test(...args);
      this.passed += 1;
    };
  }

  /** After the last test: removes it, or says where it is. */
  end(say: (line: string) => void): void {
    if (this.passed < this.wanted) say(`ledgers and logs: ${this.path}`);
    else rmSync(this.path, { recursive: true, force: true });
  }
}
