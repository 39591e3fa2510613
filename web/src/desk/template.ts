// Places of templates, {number} and the like: filled from the call and the case it is about; what is not known is marked for the operator, and nothing marked is sent.
import { say } from '@/i18n'

export const templatePlaces = ['name', 'number', 'unit', 'class', 'address', 'state', 'due', 'time', 'operator'] as const
export type TemplatePlace = (typeof templatePlaces)[number]
export type TemplateFacts = Partial<Record<TemplatePlace, string | null>>

export const fillTemplate = (text: string, facts: TemplateFacts) => text.replace(/\{(\w+)\}/g, (whole, name: string) =>
	(templatePlaces as readonly string[]).includes(name) ? facts[name as TemplatePlace]?.trim() || `【${say('hotline.place.' + name)}待填】` : whole)
/** The first place that is still to be filled in: where it stands. */
export function placeLeft(text: string): [number, number] | null {
	const found = /【[^】]{1,12}待填】/.exec(text) ?? new RegExp(`\\{(${templatePlaces.join('|')})\\}`).exec(text)
	return found && [found.index, found.index + found[0].length]
}
