import { DomainError, draft, feedbackLinked, feedbackReceived } from '@signalbox/domain';
import type { Decision, EventDraft } from '@signalbox/domain';

export const kinds = ['complaint', 'praise', 'idea', 'question', 'survey'] as const;
export type FeedbackKind = (typeof kinds)[number];

/** What somebody says about an application. Text, region and author are never in an event. */
export interface FeedbackItem {
  id: string;
  application: string;
  version?: string;
  releaseId?: string;
  kind: FeedbackKind;
  /** 0 to 10. */
  rating?: number;
  text?: string;
  region?: string;
  author?: string;
  receivedBy: string;
  receivedAt: string;
  forgottenAt?: string;
}

export type Wish = Omit<FeedbackItem, 'releaseId' | 'forgottenAt'>;

/** Links it to the release of its version; a version nobody has released is refused with those there are. */
export function receive(wish: Wish, releases: readonly { id: string; version: string }[]): Decision<FeedbackItem> {
  if (wish.version === undefined) return { next: wish, events: [received(wish)] };
  const release = releases.find(({ version }) => version === wish.version);
  if (!release) {
    const known = releases.slice(0, 10).map(({ version }) => version);
    throw new DomainError('invalid', `no ${wish.application}@${wish.version}`, {
      reason: 'unknown_version',
      fix: known.length === 0 ? 'nothing was released yet: leave the version out' : `have: ${known.join(', ')}`,
    });
  }
  const { id: feedbackId, application, version } = wish;
  const content = { feedbackId, application, version, releaseId: release.id };
  const linked = draft(feedbackLinked, { subject: feedbackId, key: feedbackId, chainId: release.id, content });
  return { next: { ...wish, releaseId: release.id }, events: [received(wish), linked] };
}

function received({ id, application, version, kind, rating }: Wish): EventDraft {
  const labels = { ...(version !== undefined && { version }), ...(rating !== undefined && { rating }) };
  const content = { feedbackId: id, application, kind, ...labels };
  return draft(feedbackReceived, { subject: id, content });
}

/** Takes away who said it and in which words; what was counted stays counted. */
export function forget(item: FeedbackItem, now: Date): Decision<FeedbackItem> {
  if (item.forgottenAt !== undefined) return { next: item, events: [] };
  const { text: _text, author: _author, region: _region, ...labels } = item;
  return { next: { ...labels, forgottenAt: now.toISOString() }, events: [] };
}
