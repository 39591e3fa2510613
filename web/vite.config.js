// One project, several HTML entries (console, desk and the phone page; screen joins `input`). Ships hashed names with .gz siblings:
// the C server sends the sibling as it is, and customers need no npm.
import { gzipSync } from 'node:zlib'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const text = /\.(js|css|html|svg|json|md)$/

function gzipSiblings() {
	const walk = (folder) => readdirSync(folder, { withFileTypes: true })
		.flatMap((entry) => entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)])
	return {
		name: 'gzip-siblings',
		apply: 'build',
		closeBundle() {
			for (const file of walk('dist').filter((name) => text.test(name))) {
				const bytes = readFileSync(file)
				const packed = gzipSync(bytes, { level: 9 })
				if (packed.length < bytes.length) writeFileSync(file + '.gz', packed)
			}
		},
	}
}

// --mode phone builds /m by itself, into the same folder: shared chunks would carry what only the console uses of Vue
export default defineConfig(({ mode }) => ({
	resolve: { alias: { '@': new URL('src', import.meta.url).pathname } },
	plugins: [vue(), gzipSiblings()],
	// vue-i18n without its legacy API and without devtools; messages are compiled without eval
	define: { __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false, __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false },
	worker: { format: 'es' },
	build: {
		target: 'chrome86',
		cssTarget: 'chrome86',
		assetsInlineLimit: 0,
		emptyOutDir: mode !== 'phone',
		license: mode === 'phone' ? false : { fileName: 'licenses.md' }, // the phone page has nothing that the console has not
		rollupOptions: { input: mode === 'phone' ? { m: 'm.html' } : { console: 'index.html', desk: 'desk.html' } },
	},
	server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
	test: { include: ['src/**/*.test.ts'] },
}))
