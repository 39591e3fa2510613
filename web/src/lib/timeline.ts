// What happened to an entry so far, newest first: who, when, what, why. Put together from its versions, review, jobs and grants.
import type { Grant, Job, Resource, ResourceVersion } from '@/api/types'

export interface Happening { key: string; at: string; what: string; n?: number; name?: string; who?: string | null; why?: string | null; read?: number; refused?: number; state?: string; to?: string }
export function timeline(resource: Pick<Resource, 'review'>, versions: ResourceVersion[], jobs: Job[], grants: Grant[]): Happening[] {
	const all: Happening[] = []
	for (const one of versions) {
		// the later one first: of two at the same instant it stays above
		if (one.published_at) all.push({ key: `published-${one.version_no}`, at: one.published_at, what: 'published', n: one.version_no, who: one.reviewer_name ?? one.reviewer, why: one.note })
		all.push({ key: `made-${one.version_no}`, at: one.created_at, what: 'made', n: one.version_no, who: one.author_name ?? one.author })
	}
	const review = resource.review
	if (review?.decision === 'return' && review.at) all.push({ key: 'returned', at: review.at, what: 'returned', who: review.by, why: review.note })
	for (const one of jobs) {
		all.push({ key: `job-${one.job_id}`, at: one.finished_at ?? one.started_at ?? one.created_at, what: one.kind, who: one.created_by_name ?? 'cli', state: one.state, read: one.result?.read, refused: one.result?.refused, to: `/jobs/${one.job_id}` })
	}
	for (const one of grants) {
		all.push({ key: `grant-${one.grant_id}`, at: one.created_at, what: 'granted', name: one.account_name, who: one.granted_by_name, why: one.purpose })
		if (one.revoked_at) all.push({ key: `revoke-${one.grant_id}`, at: one.revoked_at, what: 'revoked', name: one.account_name, why: one.revoke_reason })
	}
	return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}
