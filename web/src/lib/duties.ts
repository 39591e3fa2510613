import type { EventOne } from '@/api/types'

export type DutyLine = EventOne['duties'][number]
/** What a return may cite: the lines that name others for this class and place, then the unit's own. */
export const citable = (proposal: DutyLine[], own: DutyLine[] = []) =>
	[...proposal.filter((line) => !own.some((mine) => mine.duty_id === line.duty_id)), ...own].filter((line) => [...line.basis.trim()].length >= 4)
