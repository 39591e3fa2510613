// Entry of the desk 指挥台. One logs in at the console and comes back: the session is the same.
import '@/lib/polyfill'
import { openPage } from '@/lib/page'
import '@/styles/theme.css'
import App from './App.vue'
import { router, toLogin } from './router'

openPage(App, router, (had) => toLogin(router.currentRoute.value.fullPath, had))
