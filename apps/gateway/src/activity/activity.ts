import { isInbound, isStorable } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';

/** One event as the archive keeps it. */
export interface Activity {
  /** Rises with commit order: a reader that has seen `seq` has seen everything before it. */
  seq: number;
  eventId: string;
  type: string;
  source: string;
  subject: string;
  at: string;
  releaseId?: string;
  application?: string;
  content: unknown;
  customData?: unknown;
}

interface About {
  releaseId: string | undefined;
  application: string | undefined;
}

/** Which release and application an event speaks of, as far as it says so itself. */
export function aboutOf(event: ReceivedEvent): About {
  const content = isObject(event.content) ? event.content : {};
  const custom = isObject(event.customData) ? event.customData : {};
  const told = text(custom['releaseId']) ?? text(content['releaseId']);
  return {
    // What a tool outside calls a release is its own matter; its chain id is ours.
    releaseId: isInbound(event.topic) ? (event.chainId ?? told) : (told ?? event.chainId),
    application: text(custom['application']) ?? text(content['application']),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Longer names than any release or application has, which come from outside, would not fit an index. */
const longest = 500;

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= longest && isStorable(value) ? value : undefined;
}
