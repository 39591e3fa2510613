// A department's table as it would come: lifts and boilers with their users, a person to call, dates; a few rows are wrong.
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** A credit code of region 990001 with a right GB 32100 check character. */
export function creditCode(n) {
  const body = '91990001' + n.toString().padStart(9, '0')
  let sum = 0
  let weight = 1
  for (const c of body) {
    sum += alphabet.indexOf(c) * weight
    weight = (weight * 3) % 31
  }
  return body + alphabet[(31 - (sum % 31)) % 31]
}

export const header = '设备代码,设备名称,使用单位代码,安全管理员,联系电话,登记日期,额定载荷公斤\n'
export function row(n, change = {}) {
  const day = new Date(Date.UTC(2012, 0, 1) + (n % 4000) * 86400000).toISOString().slice(0, 10)
  return [change.code ?? `TZ${String(n).padStart(8, '0')}`, change.name ?? `乘客电梯 ${n % 900} 号`, change.user ?? creditCode(n % 5000), `王${n % 97}`,
    change.phone ?? `139${String(10000000 + (n % 80000000))}`, change.day ?? day, change.load ?? 630 + (n % 8) * 100].join(',') + '\n'
}
/** count rows, of which three are wrong: a phone number, a date and a missing name. */
export function table(count) {
  const rows = Array.from({ length: count - 3 }, (_, n) => row(n))
  rows.push(row(count, { phone: '1380000' }), row(count + 1, { day: '2024-02-30' }), row(count + 2, { name: '' }))
  return Buffer.from(header + rows.join(''))
}
