// The address of an ODBC database from what a person fills in: "odbc:" and a connection string, values in braces where they need them.
export interface OdbcForm { dialect: 'mariadb' | 'sqlite' | 'generic'; driver: string; dsn: string; server: string; port: string; database: string; uid: string; pwd: string }

/** What a dialect asks for, and what usually stands there. */
export const dialects = {
	mariadb: { driver: 'MariaDB Unicode', port: '3306', fields: ['driver', 'server', 'port', 'database', 'uid', 'pwd'], needs: ['server', 'database', 'uid'] },
	sqlite: { driver: 'SQLite3', port: '', fields: ['driver', 'database'], needs: ['database'] },
	generic: { driver: '', port: '', fields: ['driver', 'server', 'port', 'database', 'uid', 'pwd'], needs: ['server', 'database'] },
} as const

export const odbcEmpty = (): OdbcForm => ({ dialect: 'mariadb', driver: dialects.mariadb.driver, dsn: '', server: '', port: dialects.mariadb.port, database: '', uid: '', pwd: '' })

const braced = (value: string) => /[;={}\s]/.test(value) ? `{${value.replace(/}/g, '}}')}}` : value

/** '' while something that is needed is missing. With a data source (DSN) of the server, driver and server stand there. */
export function odbcUrl(form: OdbcForm): string {
	const dialect = dialects[form.dialect]
	const asked = form.dsn ? ['dsn', 'uid', 'pwd'] as const : dialect.fields
	if (!form.dsn && (!form.driver || dialect.needs.some((key) => !form[key]))) return ''
	const names = { driver: 'Driver', dsn: 'DSN', server: 'Server', port: 'Port', database: 'Database', uid: 'Uid', pwd: 'Pwd' }
	return 'odbc:' + [`Dialect=${form.dialect}`, ...asked.filter((key) => form[key]).map((key) => `${names[key]}=${braced(form[key])}`)].join(';')
}

/** The form of an address that is kept (without its password); what the form has no place for is left out. */
export function odbcForm(url: string): OdbcForm {
	const found: Record<string, string> = {}
	for (const [, name, inBraces, plain] of url.replace(/^odbc:/i, '').matchAll(/([^=;]+)=(?:\{((?:[^}]|\}\})*)\}|([^;]*))/g))
		found[name!.trim().toLowerCase()] = inBraces !== undefined ? inBraces.replace(/\}\}/g, '}') : plain!
	const dialect = Object.keys(dialects).find((one) => one === found.dialect) as OdbcForm['dialect'] | undefined
	const of = (key: string) => found[key] ?? ''
	return { dialect: dialect ?? 'mariadb', driver: of('driver'), dsn: of('dsn'), server: of('server'), port: of('port'), database: of('database'), uid: of('uid'), pwd: '' }
}
