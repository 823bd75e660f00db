import { nextTick } from 'node:process';
import type { Tx } from '@signalbox/messaging';
import type { PoolClient, QueryResult } from 'pg';
import { statementOf } from './statement.js';

/**
 * One transaction on one connection in pipeline mode: statements run in the order in which they are sent, and only
 * answers that somebody needs are waited for. So BEGIN with the first question is one round trip, and all writes with
 * COMMIT another.
 */
export class Transaction implements Tx {
  private isHeldBack = false;
  private failure: Error | undefined;
  private readonly hooks: (() => void)[] = [];

  constructor(private readonly client: PoolClient) {
    this.execute('BEGIN');
  }

  async query<R extends object = Record<string, unknown>>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    const { rows } = await this.send(sql, params);
    return rows as R[];
  }

  execute(sql: string, params: readonly unknown[] = []): void {
    this.send(sql, params).catch(() => undefined);
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const hooksBefore = this.hooks.length;
    this.execute('SAVEPOINT part');
    try {
      const result = await work();
      await this.query('RELEASE SAVEPOINT part');
      return result;
    } catch (error) {
      // Whatever was sent before has been answered when this is.
      await this.client.query('ROLLBACK TO SAVEPOINT part');
      this.failure = undefined;
      this.hooks.length = hooksBefore;
      throw error;
    }
  }

  /** Called when all has been committed; forgotten with the savepoint it was given in. */
  afterCommit(hook: () => void): void {
    this.hooks.push(hook);
  }

  get committed(): readonly (() => void)[] {
    return this.hooks;
  }

  /** @throws what the first statement that failed has said; nothing of the transaction stays then */
  async commit(): Promise<void> {
    const { command } = await this.send('COMMIT', []);
    // The server answers a COMMIT of what has failed by rolling it back.
    if (command !== 'COMMIT') throw this.failure ?? new Error('the transaction was rolled back');
  }

  async rollback(): Promise<void> {
    await this.client.query('ROLLBACK');
  }

  /** After a failure the server refuses all further statements; what counts is the first one's error. */
  private async send(sql: string, params: readonly unknown[]): Promise<QueryResult> {
    this.holdBack();
    try {
      return await this.client.query(statementOf(sql, params));
    } catch (error) {
      this.failure ??= error as Error;
      throw this.failure;
    }
  }

  /** What is sent without waiting in between goes out as one write to the socket. */
  private holdBack(): void {
    if (this.isHeldBack) return;
    this.isHeldBack = true;
    const { stream } = this.client.connection;
    stream.cork();
    nextTick(() => {
      this.isHeldBack = false;
      stream.uncork();
    });
  }
}
