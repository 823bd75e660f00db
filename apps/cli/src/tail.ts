import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Client } from './client.js';
import { Failure, UnavailableFailure } from './failure.js';

const againAfterMs = 500;

/**
 * Tells the data of each event of a stream, also beyond the end of its connection: it goes on behind the last that was
 * told, and before there is one where the stream had begun.
 *
 * @throws Failure at a refusal, or when the gateway stays away
 */
export async function tail(client: Client, path: string, tell: (data: string) => void): Promise<never> {
  let lastId: string | undefined;
  let awaySince: number | undefined;
  for (;;) {
    try {
      const { events, after } = await client.stream(path, lastId);
      awaySince = undefined;
      lastId ??= after;
      for await (const { id, data } of parsed(events)) {
        lastId = id ?? lastId;
        tell(data);
      }
    } catch (error) {
      // A refusal stays one; a gateway that is started again is back within seconds.
      awaySince ??= Date.now();
      const isOver = Date.now() - awaySince > client.patience.unavailableMs;
      if (isOver || (error instanceof Failure && !(error instanceof UnavailableFailure))) throw error;
    }
    await new Promise((resolve) => void setTimeout(resolve, againAfterMs));
  }
}

function parsed(bytes: ReadableStream<Uint8Array>) {
  return bytes.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
}
