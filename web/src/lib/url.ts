// One named piece of page state (a tab, an open row) kept in the address.
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export function useAddress(name: string, initial = '') {
	const route = useRoute()
	const router = useRouter()
	return computed<string>({
		get: () => typeof route.query[name] === 'string' ? route.query[name] as string : initial,
		set: (value) => {
			const query = { ...route.query }
			if (value === initial || value === '') delete query[name]
			else query[name] = value
			router.replace({ query, hash: route.hash })
		},
	})
}
