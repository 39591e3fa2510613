import { expect, it, vi } from 'vitest'
vi.stubGlobal('document', { documentElement: {}, createElement: () => ({}) })
vi.stubGlobal('navigator', { onLine: true })
const { problemOf } = await import('./queue')
const { ApiError } = await import('@/api/client')

it('a place outside the city: what can be done on a phone is said, not map or crs', () => {
	const kept = problemOf(new ApiError({ title: '输入无效', status: 400, field: 'lon', rule: 'outside', detail: '该位置在本市范围之外', advice: '请在地图上核对位置；其他坐标系的坐标用 crs 注明，如 GCJ02。' }))
	expect(kept).toMatchObject({ detail: '该位置在本市范围之外', advice: '请点“不用这个位置”，或“用我现在的位置”。' })
	expect(problemOf(new ApiError({ title: '输入无效', status: 400, field: 'lon', rule: 'class_needs', advice: '请填写。' })).advice).toBe('请填写。')
})
