export { parsedJson, readConfig, serviceConfig } from './config.js';
export type { ServiceConfig } from './config.js';
export { ConfigError } from './config-error.js';
export { AddressRefusedError, guardedFetch } from './guarded-fetch.js';
export { traceCall, tracedFetch } from './http/client-span.js';
export type { TracedCall } from './http/client-span.js';
export { IdempotencyInterceptor } from './http/idempotency.js';
export { Lists } from './http/list.js';
export type { ListQuery, ListRules, Page } from './http/list.js';
export { listVisible } from './http/visible-list.js';
export type { Listing } from './http/visible-list.js';
export { describeApi } from './http/openapi.js';
export { HttpProblem, problem, ProblemFilter, toProblem } from './http/problem.js';
export type { Problem } from './http/problem.js';
export { traceIdOf } from './http/tracing.js';
export { timeToCome } from './http/time-to-come.js';
export { ifMatch, requireVersion, Resource } from './http/resource.js';
export { Caller, Identified, IdentityGuard, Public, Requires, signedIdentity } from './identity/guard.js';
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
  scopes,
  visibleTo,
} from './identity/roles.js';
export type { Binding, Identity, Owned, Role, Scope } from './identity/roles.js';
export { IdentityMint, IdentityVerifier } from './identity/token.js';
export { JunitError, parseJunit } from './junit.js';
export type { TestCase, TestReport, TestStatus } from './junit.js';
export { createLogger, NestLogger } from './logger.js';
export type { Logger } from './logger.js';
export { runMain, runService, runStep } from './main.js';
export { migrateDatabase, migrateTopics } from './migration-step.js';
export { ReconcileLoop } from './reconcile-loop.js';
export { startService } from './service.js';
export type { RunningService, ServiceContext, ServiceDefinition } from './service.js';
export { StatusReport } from './status.js';
export { isStoreUrlValid, signStoreUrl } from './store-url.js';
export { briefSeconds, longSeconds, Meter } from './telemetry/meter.js';
export type { Labels, Reading } from './telemetry/meter.js';
export { processFigures, showBuild } from './telemetry/process-figures.js';
