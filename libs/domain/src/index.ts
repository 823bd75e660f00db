export { actor } from './actor.js';
export type { Actor } from './actor.js';
export { DomainError } from './error.js';
export type { ErrorCode } from './error.js';
export type { Decision } from './decision.js';
export { customEvent, draft, eventLink, knownContracts, topicCatalogue, topics } from './event.js';
export type { CatalogueTopic, EventContract, EventDraft, EventLink, EventOf, ReceivedEvent, Topic } from './event.js';
export {
  eventSources,
  inboundPartitions,
  inboundPrefix,
  inboundTopic,
  isInbound,
  isUnder,
  sourceOfTopic,
  topicCatalogueWith,
} from './event-source.js';
export type { EventSource } from './event-source.js';
export { isCustomType, topicsOfType } from './catalogue.js';
export { serviceTopics, topicsOf } from './service-topics.js';
export type { TopicAccess } from './service-topics.js';
export {
  cdOutcome,
  hasEnded,
  outcome,
  outcomes,
  standardOutcome,
  releaseStatuses,
  releaseTransitions,
  stageKey,
  stageKinds,
  stageTransitions,
  taskrunId,
} from './stage.js';
export type { Outcome, ReleaseStatus, StageKind, StageStatus, StandardOutcome } from './stage.js';
export { artifact, artifactPurl, digest } from './artifact.js';
export type { Artifact } from './artifact.js';
export { blocker, closedGates, freeze, hold, inFlight, override, quarantine, scope } from './gate.js';
export type {
  Blocker,
  ClosedGate,
  Freeze,
  GateReference,
  GateSubject,
  Hold,
  Override,
  Quarantine,
  Scope,
} from './gate.js';
export { slotAccepted, slotDesired, slotMetrics, slotObserved } from './host-protocol.js';
export type {
  DeploymentDesired,
  DeploymentFailure,
  DeploymentFailureCode,
  DeploymentMetrics,
  DeploymentObserved,
  DeploymentStatus,
  SlotAccepted,
  SlotDesired,
  SlotMetrics,
  SlotObserved,
} from './host-protocol.js';
export {
  heartbeatAnswer,
  lease,
  leaseRequest,
  logChunk,
  taskResult,
  uploadAnswer,
  uploadRequest,
} from './runner-protocol.js';
export type {
  BuildStep,
  BuildTask,
  HeartbeatAnswer,
  Lease,
  LeaseRequest,
  TaskResult,
  TaskSpec,
  TestTask,
} from './runner-protocol.js';
export { UnknownNameError, substitute } from './substitute.js';
export { duration, durationMs } from './manifest/duration.js';
export { manifest } from './manifest/manifest.js';
export type { Manifest } from './manifest/manifest.js';
export type { ManifestEnvironment } from './manifest/environment.js';
export type { AnalysisMetric, CanaryStep } from './manifest/rollout.js';
export { name } from './manifest/text.js';
export { defaultBuildSteps, effective } from './manifest/effective.js';
export type {
  AnalysisConfig,
  ApprovalRule,
  EffectiveEnvironment,
  EffectiveManifest,
  Require,
  Suite,
} from './manifest/effective.js';
export {
  artifactPackaged,
  artifactPublished,
  buildFinished,
  buildQueued,
  buildStarted,
  taskCancelled,
  taskFinished,
  taskProgressed,
  taskRequested,
} from './events/build.js';
export {
  analysisCancelled,
  analysisRequested,
  environmentCreated,
  rolloutAdvanced,
  rolloutPaused,
  serviceDeployed,
  serviceRolledBack,
  serviceUpgraded,
} from './events/deployment.js';
export {
  stageEnded,
  stageMoved,
  stageProgressed,
  stageStarted,
  taskrunFinished,
  taskrunStarted,
} from './events/execution.js';
export type { StageAttempt, StageOutputs, StageResult } from './events/execution.js';
export { feedbackLinked, feedbackReceived } from './events/feedback.js';
export {
  analysisFinished,
  analysisJudged,
  incidentDetected,
  incidentReported,
  incidentResolved,
  judgement,
  verdict,
} from './events/monitoring.js';
export type { Judgement, Verdict } from './events/monitoring.js';
export {
  applicationDefined,
  approvalGranted,
  change,
  holdDefined,
  overrideDefined,
  pipelineRunFinished,
  pipelineRunStarted,
  pipelineRunUri,
  planningAlive,
  protectionDefined,
  quarantineDefined,
  releaseCancelled,
  releaseCompleted,
  releaseFailed,
  releaseHeld,
  releasePlanned,
  releaseResumed,
  releaseRolledBack,
  releaseStarted,
  rolloutPromoted,
  running,
  stageBlocked,
  stageCancelled,
  stageFinished,
  stageRequest,
  stageRequested,
  windowDefined,
} from './events/planning.js';
export type { Change, Running, StageRequest } from './events/planning.js';
export {
  gateEvaluated,
  gateEvaluation,
  testCaseRunFinished,
  testSuiteRunFinished,
  testSuiteRunQueued,
  testSuiteRunStarted,
} from './events/test.js';
export { canonicalJson, isSameJson, jsonPointer } from './json.js';
export { gitReach } from './git-reach.js';
export { inWords } from './in-words.js';
export { isSameSecret } from './is-same-secret.js';
export { limits } from './limits.js';
export { logOutput } from './log-output.js';
export { baseUrl } from './base-url.js';
export { ConfigError, readConfig } from './read-config.js';
export { comesTrue } from './comes-true.js';
export { removeTree } from './remove-tree.js';
export { workspaceFolders } from './workspaces.js';
export type { WorkspaceFolders } from './workspaces.js';
export { isStorable, storableJson, storableText } from './storable.js';
export { clockAheadMs } from './status.js';
export type {
  BuildVersion,
  DatabaseStatus,
  Dependency,
  EventsStatus,
  HostSeen,
  HostStatus,
  InstallationStatus,
  ProcessSeen,
  RunnerStatus,
  ServiceStatus,
} from './status.js';
