// Places of the console that the search finds, with the permits that open them and other words people call them by.
import type { Permit } from '@/api/types'

export interface Place { to: string; word: string; permits: Permit[]; also?: string }
export const places: Place[] = [
	{ to: '/', word: 'nav.overview', permits: [], also: 'places.overview' },
	{ to: '/catalog', word: 'catalog.title', permits: ['catalog.read'], also: 'places.catalog' },
	{ to: '/register', word: 'catalog.register.title', permits: ['catalog.edit'], also: 'places.register' },
	{ to: '/catalog?state=review', word: 'overview.reviewQueue', permits: ['catalog.review'], also: 'places.catalog_state_review' },
	{ to: '/jobs', word: 'jobs.title', permits: ['jobs.read', 'load'], also: 'places.jobs' },
	{ to: '/jobs?state=failed', word: 'overview.kinds.job_failed', permits: ['jobs.read', 'load'], also: 'places.jobs_state_failed' },
	{ to: '/quarantine', word: 'quarantine.title', permits: ['load'], also: 'places.quarantine' },
	{ to: '/grants', word: 'grants.title', permits: ['grant', 'keys'], also: 'places.grants' },
	{ to: '/grants?tab=accounts', word: 'grants.tab.accounts', permits: ['keys'], also: 'places.grants_tab_accounts' },
	{ to: '/deliveries', word: 'deliveries.title', permits: ['jobs.read'], also: 'places.deliveries' },
	{ to: '/cascade', word: 'cascade.title', permits: ['cascade'], also: 'places.cascade' },
	{ to: '/far', word: 'cascade.far.title', permits: ['catalog.read'], also: 'places.far' },
	{ to: '/settings?tab=targets', word: 'deliveries.target.tab', permits: ['system'] },
	{ to: '/life', word: 'life.title', permits: ['catalog.edit', 'catalog.review'], also: 'places.life' },
	{ to: '/evidence', word: 'evidence.title', permits: ['audit'], also: 'places.evidence' },
	{ to: '/evidence?tab=checkpoints', word: 'evidence.tab.checkpoints', permits: ['audit'], also: 'places.evidence_tab_checkpoints' },
	{ to: '/evidence?tab=export', word: 'evidence.tab.export', permits: ['audit'], also: 'places.evidence_tab_export' },
	{ to: '/people', word: 'people.tab.accounts', permits: ['system', 'security'], also: 'places.people' },
	{ to: '/people?tab=orgs', word: 'people.tab.orgs', permits: ['system', 'security'], also: 'places.people_tab_orgs' },
	{ to: '/settings', word: 'people.settings.title', permits: ['system'], also: 'places.settings' },
	{ to: '/settings?tab=sources', word: 'people.settings.tab.sources', permits: ['system'], also: 'places.settings_tab_sources' },
	{ to: '/settings?tab=packs', word: 'people.settings.tab.packs', permits: ['system'] },
	{ to: '/password', word: 'app.password', permits: [] },
]
