// Jobs: whether one still moves, and what a failed one says.
import { ApiError } from '@/api/client'
import type { Job } from '@/api/types'

export const inMotion = (state?: string) => state === 'queued' || state === 'running'

export function failureOf(job?: Job) {
	const error = job?.error
	if (!error || job?.state !== 'failed') return null
	return typeof error === 'string' ? new ApiError({ title: error, status: 422 }) : new ApiError({ ...error, title: error.title ?? error.detail ?? (error as { message?: string }).message ?? '', status: error.status ?? 422 })
}
