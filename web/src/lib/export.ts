// A list as a CSV file that Excel reads: all pages of what the filters show, named by what they say.
import { saveBlob } from '@/api/client'
import { say } from '@/i18n'
import { dayOf } from './format'

export type ExportColumn<T> = readonly [label: string, value: (row: T) => unknown]
export interface Exporting<T> { name: string; columns: ExportColumn<T>[]; filters?: string[] }
/** Rows one export has at most: more belong into a query of the API. */
export const exportLimit = 10_000

// a text that a spreadsheet would take for a formula is told to be text
const safe = (text: string) => /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? "'" + text : text
const cell = (value: unknown) => {
	const text = safe(value === null || value === undefined ? '' : String(value))
	return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
}
export const csvOf = <T>(columns: ExportColumn<T>[], rows: T[]) =>
	'\ufeff' + [columns.map(([label]) => cell(label)), ...rows.map((row) => columns.map(([, value]) => cell(value(row))))].map((line) => line.join(',') + '\r\n').join('')
/** "数据目录-状态：已发布-2026-11-27.csv" */
export const exportName = (name: string, filters: string[] = [], day = dayOf(new Date())) =>
	[name, ...filters, day].join('-').replace(/[\\/:*?"<>|\s]+/g, '_').slice(0, 120) + '.csv'

export async function exportList<T>(what: Exporting<T>, all: (limit: number) => Promise<{ rows: T[]; cut: boolean }>) {
	const { rows, cut } = await all(exportLimit)
	saveBlob(new Blob([csvOf(what.columns, rows)], { type: 'text/csv;charset=utf-8' }), exportName(what.name, [...what.filters ?? [], ...cut ? [say('act.firstRows', { n: rows.length })] : []]))
	return { rows: rows.length, cut }
}
