// Scores are hundredths of a point; -1 says that there was nothing to assess.
import { say } from '@/i18n'

export const points = (score?: number | null) => score === undefined || score === null || score < 0 ? say('measure.assess.noScore') : (score / 100).toFixed(2)
/** How a score stands against an indicator's thresholds. */
export function gradeOf(score: number, indicator: { good: number; poor: number }) {
	return score < 0 ? 'none' : score >= indicator.good * 100 ? 'good' : score < indicator.poor * 100 ? 'poor' : 'fair'
}
