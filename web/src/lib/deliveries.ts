// Where a delivery goes to, in words.
import { say } from '@/i18n'
/** A table, or the folder that files go to. */
export const placeOf = (one: { format: string; schema: string; table: string }) => one.format ? `${one.table}/ (${say('catalog.down.' + one.format)})` : `${one.schema}.${one.table}`
