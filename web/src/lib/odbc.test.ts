import { describe, expect, it } from 'vitest'
import { odbcEmpty, odbcUrl } from './odbc'

describe('odbcUrl', () => {
	it('is empty until what the dialect needs is there', () => {
		expect(odbcUrl(odbcEmpty())).toBe('')
		expect(odbcUrl({ ...odbcEmpty(), server: 'db', database: 'city', uid: 'y' })).toBe('odbc:Dialect=mariadb;Driver={MariaDB Unicode};Server=db;Port=3306;Database=city;Uid=y')
	})
	it('puts awkward values into braces', () => {
		expect(odbcUrl({ ...odbcEmpty(), server: 'db', database: 'city', uid: 'y', pwd: 'p;w}d {' })).toContain('Pwd={p;w}}d {}')
	})
	it('takes only what a file database has', () => {
		expect(odbcUrl({ ...odbcEmpty(), dialect: 'sqlite', driver: 'SQLite3', server: 'left over', database: 'city.db' })).toBe('odbc:Dialect=sqlite;Driver=SQLite3;Database=city.db')
	})
	it('leaves the rest to a data source', () => {
		expect(odbcUrl({ ...odbcEmpty(), dsn: 'police', uid: 'y', pwd: 'z' })).toBe('odbc:Dialect=mariadb;DSN=police;Uid=y;Pwd=z')
	})
})
