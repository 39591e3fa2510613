// Places of templates, {number} and the like: filled from the call and the case it is about; what is not known is marked for the operator, and nothing marked is sent.
import { say } from '@/i18n'

export const templatePlaces = ['name', 'number', 'unit', 'class', 'address', 'state', 'due', 'time', 'operator'] as const
/** The mark of a place not filled in, as the server knows it (to be filled in): part of what is written to callers, not of the page. */
const mark = (what: string) => `\u3010${what}\u5f85\u586b\u3011`
export type TemplatePlace = (typeof templatePlaces)[number]
export type TemplateFacts = Partial<Record<TemplatePlace, string | null>>

export const fillTemplate = (text: string, facts: TemplateFacts) => text.replace(/\{(\w+)\}/g, (whole, name: string) =>
	(templatePlaces as readonly string[]).includes(name) ? facts[name as TemplatePlace]?.trim() || mark(say('hotline.place.' + name)) : whole)
/** The first place that is still to be filled in: where it stands. */
export function placeLeft(text: string): [number, number] | null {
	const found = new RegExp(mark('[^\\u3011]{1,12}')).exec(text) ?? new RegExp(`\\{(${templatePlaces.join('|')})\\}`).exec(text)
	return found && [found.index, found.index + found[0].length]
}
