export { parsedJson, serviceConfig } from './config.js';
export type { ServiceConfig } from './config.js';
export { flag } from './flag.js';
export { guardedFetch } from './guarded-fetch.js';
export { traceCall, tracedFetch } from './http/client-span.js';
export type { TracedCall } from './http/client-span.js';
export { Lists, pageLimit } from './http/list.js';
export type { ListQuery, ListRules, Page } from './http/list.js';
export { ListParameters } from './http/list-parameters.js';
export { listVisible } from './http/visible-list.js';
export type { Listing } from './http/visible-list.js';
export type { Answers } from './http/answers.js';
export { describeApi } from './http/openapi.js';
export { HttpProblem, problem, sendProblem } from './http/problem.js';
export type { Problem } from './http/problem.js';
export { traceIdOf } from './http/tracing.js';
export { timeToCome } from './http/time-to-come.js';
export { ifMatch, requireVersion, Resource } from './http/resource.js';
export type { NotRepeated } from './http/resource.js';
export { Caller, Identified, Public, Requires } from './identity/guard.js';
export type { IdentifiedRequest, Identify } from './identity/guard.js';
export {
  actorOf,
  authorize,
  authorizeGlobally,
  binding,
  identity,
  may,
  mayPublish,
  role,
  visibleTo,
} from './identity/roles.js';
export type { Binding, Identity, Owned, Role, Scope } from './identity/roles.js';
export { IdentityMint, IdentityVerifier } from './identity/token.js';
export { inTime } from './in-time.js';
export { JunitError, parseJunit } from './junit.js';
export type { TestCase, TestReport, TestStatus } from './junit.js';
export { createLogger } from './logger.js';
export type { Logger } from './logger.js';
export { runMain, runService, runStep } from './main.js';
export { databaseMigration, inTurn, topicsMigration } from './migration-step.js';
export type { MigrationStep } from './migration-step.js';
export { ReconcileLoop, reconcileMigration } from './reconcile-loop.js';
export { startService } from './service.js';
export type { RunningService, ServiceContext, ServiceDefinition } from './service.js';
export { StatusReport } from './status.js';
export { isStoreUrlValid, signStoreUrl } from './store-url.js';
export { longSeconds, Meter } from './telemetry/meter.js';
export type { Labels, Reading } from './telemetry/meter.js';
