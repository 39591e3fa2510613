// Messages between people and notices, with receipts. Each message is [Chinese, English].
export const notices = {
	title: ['消息与通知', 'Messages and notices'], lead: ['给同事发消息，收看通知。对方读过、确认过的时间都有回执。', 'Write to colleagues and read notices. When they read and confirmed is receipted.'],
	box: { label: ['信箱', 'Box'], in: ['收到的', 'Received'], sent: ['发出的', 'Sent'] }, kind: { label: ['类别', 'Kind'], message: ['消息', 'Message'], notice: ['通知', 'Notice'] },
	unread: ['只看未读', 'Unread only'], isUnread: ['未读', 'Unread'], confirmWanted: ['需确认', 'To be confirmed'], confirmed: ['已确认', 'Confirmed'], withdrawn: ['已撤回', 'Withdrawn'],
	empty: ['还没有消息', 'No messages yet'], emptyText: ['同事发来的消息和上级发布的通知会出现在这里。', 'What colleagues write and notices that concern you appear here.'], emptyFilter: ['没有符合条件的消息', 'Nothing fits the filter'],
	emptySent: ['还没有发出过消息', 'You have sent nothing yet'],
	write: ['写消息', 'Write a message'], send: ['发通知', 'Send a notice'], to: ['收件人', 'To'], toHint: ['按姓名或单位查找，最多 50 人', 'By name or organisation, 50 at most'],
	orgs: ['接收单位', 'Organisations'], orgsHint: ['不选表示所有单位', 'None chosen: all'], roles: ['接收角色', 'Roles'], rolesHint: ['不选表示所有角色', 'None chosen: all'], below: ['包含下级单位', 'With those below'],
	subject: ['标题', 'Title'], subjectOptional: ['标题（可不填）', 'Title (optional)'], body: ['内容', 'Text'], confirm: ['请收件人确认已知悉', 'Ask readers to confirm'],
	sendVerb: ['发送', 'Send'], sent: ['已发给 {n} 人', 'Sent to {n}'], preview: ['发送后不能修改，可以撤回。', 'It cannot be changed once sent, but can be withdrawn.'],
	reply: ['回复', 'Answer'], replyVerb: ['发送回复', 'Send the answer'], replyAll: ['回复给 {name}', 'Answer {name}'], confirmVerb: ['确认已知悉', 'Confirm'], open: ['打开相关页面', 'Open the page it is about'],
	withdraw: ['撤回', 'Withdraw'], withdrawTitle: ['撤回这条消息？', 'Withdraw this?'], withdrawText: ['撤回后收件人不再看到内容，只看到撤回原因。已经读过的人仍有回执。', 'Readers no longer see the words, only why it was withdrawn. Receipts stay.'], withdrawnWhy: ['已撤回：{why}', 'Withdrawn: {why}'],
	readers: ['{read}/{all} 人已读', '{read} of {all} have read it'], receipts: ['回执', 'Receipts'], receiptAll: ['全部', 'All'], receiptRead: ['已读', 'Read'], receiptUnread: ['未读', 'Unread'], readAt: ['读于', 'Read'], confirmedAt: ['确认于', 'Confirmed'],
	from: ['来自', 'From'], program: ['系统', 'System'], me: ['我', 'Me'], thread: ['对话', 'Conversation'], untitled: ['（无标题）', '(no title)'],
} as const
