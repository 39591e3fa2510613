// Entry of the phone page 手机版 (/m): Vue alone, no component or message library.
import '@/lib/polyfill'
import { createApp } from 'vue'
import App from './App.vue'
import './phone.css'

createApp(App).mount('#app')
// makes it installable and lets it open without a line; embedded webviews and plain HTTP have none, and everything else works there too
if ('serviceWorker' in navigator) navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' }).catch(() => undefined)
