// Who works at the desk 指挥台: dispatchers, operators of the line, handlers, supervisors.
import type { Permit } from '@/api/types'

export const deskPermits: Permit[] = ['event.dispatch', 'event.supervise', 'event.handle', 'hotline']
