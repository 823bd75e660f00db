/** Which build it is: how the parts of an installation stand is what `signalbox doctor` reads. */
export interface BuildVersion {
  readonly version: string;
  readonly commit: string;
}

export interface Dependency {
  readonly ok: boolean;
  /** What is wrong, in words. */
  readonly detail?: string;
}

export interface DatabaseStatus extends Dependency {
  readonly version?: string;
  /** By how much its clock is ahead of this process's. */
  readonly clockAheadMs?: number;
  /** Migrations that this build knows and the database lacks. */
  readonly missingMigrations?: number;
  /** Migrations that the database has and this build does not know. */
  readonly unknownMigrations?: number;
}

export interface EventsStatus {
  readonly outboxRows: number;
  readonly outboxOldestAgeMs: number;
  readonly parkedKeys: number;
  readonly retryingKeys: number;
  /** By how much the earliest of what waits for a time is late; 0: nothing is. Absent: an older build. */
  readonly overdueMs?: number;
  /** Records not yet dealt with; absent: the broker does not tell now. */
  readonly lag?: number;
}

/** One of the processes of a service that have been heard of within seconds. */
export interface ProcessSeen extends BuildVersion {
  readonly url: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** One that was heard of, and has ended without saying so; nothing listens at its address since. */
export interface ProcessLost extends ProcessSeen {
  readonly lastSeenAt: string;
}

/** What a service says of itself at `/status`. */
export interface ServiceStatus extends BuildVersion {
  readonly service: string;
  readonly now: string;
  readonly database: DatabaseStatus;
  readonly broker: Dependency & { readonly kind: 'kafka' | 'embedded' };
  /** Everything that was in the log at the start has been applied. */
  readonly caughtUp: boolean;
  /** Absent, as what else the database tells: it does not tell now. */
  readonly events?: EventsStatus;
  readonly processes?: readonly ProcessSeen[];
  /** Processes that ended within the last minutes and did not say so. */
  readonly lost?: readonly ProcessLost[];
  /** Of the service that has runners. */
  readonly runners?: readonly RunnerStatus[];
  /** Of the service that has hosts. */
  readonly hosts?: readonly HostSeen[];
}

export interface RunnerStatus {
  readonly name: string;
  readonly labels: readonly string[];
  readonly lastSeenAt: string;
  readonly isOnline: boolean;
  /** Tasks that it holds. */
  readonly running: number;
  readonly version: string;
}

/** What a host says of itself. */
export interface HostStatus extends BuildVersion {
  readonly now: string;
  readonly slots: readonly {
    readonly application: string;
    readonly environment: string;
    readonly generation: number;
    readonly wanted: number;
    readonly ready: number;
  }[];
}

/** A host as the deployer sees it. */
export interface HostSeen extends Dependency {
  readonly url: string;
  readonly build?: BuildVersion;
  readonly clockAheadMs?: number;
  readonly environments: readonly {
    readonly id: string;
    /** Of what should run there. */
    readonly generation: number;
    /** Absent: the host knows nothing of it. */
    readonly onHost?: number;
    /** Processes. */
    readonly wanted?: number;
    readonly ready?: number;
  }[];
}

/** What the gateway answers: itself, and every service behind it. */
export interface InstallationStatus {
  readonly now: string;
  readonly services: readonly {
    readonly service: string;
    readonly url: string;
    /** Why there is no status. */
    readonly problem?: string;
    readonly status?: ServiceStatus;
    /** By how much its clock is ahead of the gateway's. */
    readonly clockAheadMs?: number;
  }[];
}

/**
 * By how much another clock is ahead, in milliseconds, at the least: nobody knows when between question and answer it
 * was looked at, so that a slow answer tells of no difference that need not be there.
 */
export function clockAheadMs(theirs: number, askedAt: number, answeredAt: number): number {
  const [least, most] = [theirs - answeredAt, theirs - askedAt];
  return Math.round(least > 0 ? least : Math.min(most, 0));
}
