import { BlobController } from './artifact/blob.controller.js';
import { BuildConsumer } from './build/build.consumer.js';
import { BuildController } from './build/build.controller.js';
import { RunnerController } from './runner/runner.controller.js';
import { LeaseController } from './task/lease.controller.js';
import { TaskLogController } from './task/task-log.controller.js';
import { TaskConsumer } from './task/task.consumer.js';
import { TaskController } from './task/task.controller.js';

/** All that reaches the coordinator from outside: over HTTP and as events. */
export const controllers = [
  BuildController,
  BuildConsumer,
  TaskController,
  TaskConsumer,
  TaskLogController,
  LeaseController,
  RunnerController,
  BlobController,
];
