import type { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HttpProblem, isStoreUrlValid, Public } from '@signalbox/chassis';
import { DomainError, digest as digestSchema } from '@signalbox/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DigestMismatchError, StoreFullError } from './artifact-store.js';
import type { ArtifactStore } from './artifact-store.js';

export const BLOB_ACCESS = Symbol('blob access');
export interface BlobAccess {
  store: ArtifactStore;
  /** Shared with those who sign URLs. */
  key: string;
}

/** The artifact store over HTTP; the signed URL is the credential. */
@ApiTags('blobs')
@Controller('v1/blobs')
export class BlobController {
  constructor(@Inject(BLOB_ACCESS) private readonly access: BlobAccess) {}

  @Get(':digest')
  @Public()
  @ApiOperation({ operationId: 'readBlob', summary: 'The bytes of a digest, by a signed URL' })
  async read(
    @Param('digest') digest: string,
    @Query() query: Record<string, string>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.check('GET', digest, query);
    const blob = await this.access.store.read(digest).catch((error: unknown) => refuse(error, 500));
    if (!blob) throw new DomainError('not_found', `the store has no ${digest}`);
    await reply
      .header('content-type', 'application/octet-stream')
      .header('content-length', blob.sizeBytes)
      .send(blob.content);
  }

  @Put(':digest')
  @Public()
  @ApiOperation({ operationId: 'writeBlob', summary: 'Store bytes under their digest, by a signed URL' })
  async write(
    @Param('digest') digest: string,
    @Query() query: Record<string, string>,
    @Req() request: FastifyRequest,
  ): Promise<{ digest: string; sizeBytes: number }> {
    this.check('PUT', digest, query);
    const body = request.body as Readable | undefined;
    if (typeof body?.pipe !== 'function') {
      throw new HttpProblem(415, 'unsupported_media_type', 'blobs are sent as application/octet-stream');
    }
    const { sizeBytes } = await this.access.store.write(digest, body).catch((error: unknown) => {
      // a sender that is not read to the end may never see the answer
      body.resume();
      return refuse(error, 422);
    });
    return { digest, sizeBytes };
  }

  private check(method: 'GET' | 'PUT', digest: string, query: Record<string, string>): void {
    const { expires, signature = '' } = query;
    const call = { method, digest, expires: Number(expires), signature, now: new Date() };
    if (digestSchema.safeParse(digest).success && isStoreUrlValid(this.access.key, call)) return;
    throw new HttpProblem(403, 'signature_invalid', 'this store URL is not genuine or no longer good');
  }
}

/** @param mismatchStatus whose fault a wrong digest is: the sender's, or that of our disk */
function refuse(error: unknown, mismatchStatus: 422 | 500): never {
  if (error instanceof DigestMismatchError) throw new HttpProblem(mismatchStatus, 'digest_mismatch', error.message);
  if (error instanceof StoreFullError) {
    throw new HttpProblem(507, 'store_full', error.message, { fix: 'free disk space, then retry the stage' });
  }
  throw error;
}
