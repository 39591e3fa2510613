// The Element Plus components in use. Its whole CSS is loaded: per-component CSS loses required marks and red errors.
import 'element-plus/dist/index.css'
import type { App } from 'vue'
import {
	ElButton, ElCheckbox, ElCheckboxGroup, ElConfigProvider, ElDatePicker, ElDialog, ElDrawer, ElDropdown, ElDropdownItem,
	ElDropdownMenu, ElForm, ElFormItem, ElIcon, ElInput, ElInputNumber, ElLoading, ElOption, ElOptionGroup, ElProgress, ElRadio, ElRadioButton, ElRadioGroup,
	ElSelect, ElSlider, ElTabPane, ElTable, ElTableColumn, ElTabs, ElTag, ElTooltip,
} from 'element-plus'

// Enter takes the first that fits in every list one types in: without this nothing is chosen until an arrow key was pressed.
Object.assign(ElSelect.props as object, { defaultFirstOption: { type: Boolean, default: true } })

export function installElements(app: App) {
	for (const part of [ElButton, ElCheckbox, ElCheckboxGroup, ElConfigProvider, ElDatePicker, ElDialog, ElDrawer, ElDropdown,
		ElDropdownItem, ElDropdownMenu, ElForm, ElFormItem, ElIcon, ElInput, ElInputNumber, ElOption, ElOptionGroup, ElProgress, ElRadio, ElRadioButton,
		ElRadioGroup, ElSelect, ElSlider, ElTabPane, ElTable, ElTableColumn, ElTabs, ElTag, ElTooltip]) app.component(part.name!, part)
	app.use(ElLoading)
}
