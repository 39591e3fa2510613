/* Rows of messages.h for what cascade says of nodes, streams and batches. */
#ifndef YIWANG_CORE_MESSAGES_CASCADE_H
#define YIWANG_CORE_MESSAGES_CASCADE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_CASCADE(X) \
	X("Both nodes must run a program that knows YWC1.", "两个节点都须运行支持 YWC1 的程序。") \
	X("this is no message between nodes: {1}", "这不是节点之间的消息：{1}") \
	X("it does not begin with a signature", "开头不是签名") \
	X("its header does not end", "消息头没有结束") \
	X("its header is no JSON object", "消息头不是 JSON 对象") \
	X("its header does not name kind, from, to, at and the size of its body", "消息头未写明种类、来源、去向、时间和正文长度") \
	X("Compare the fingerprints of both nodes by telephone.", "请通过电话核对两个节点的指纹。") \
	X("Compare the fingerprints of both nodes.", "请核对两个节点的指纹。") \
	X("the message is not signed by the node it names, or was changed on its way", "消息不是其所称节点签名的，或在途中被改动") \
	X("Sign method, path, length, digest and the node called, as docs/api.md shows.", "请按 docs/api.md 所示对方法、路径、长度、摘要和被叫节点签名。") \
	X("the call's headers are not signed as between nodes", "该调用的请求头未按节点之间的规则签名") \
	X("Bring the program of the node that calls up to this one's.", "请把呼叫方节点的程序升级到与本节点一致。") \
	X("a message of more than 64 KiB is taken only where its headers are signed", "超过 64 KiB 的消息须有已签名的请求头才接收") \
	X("the call was signed more than ten minutes ago, or the clocks of the two nodes differ", "该调用的签名已超过十分钟，或两个节点的时钟不一致") \
	X("Stop the stream over the other node first, or use the entry that it lands in.", "请先停止经另一节点的数据流，或使用它所落入的目录条目。") \
	X("the rows of this entry come here already, over {1}", "该条目的数据已经由{1}传入") \
	X("Report it to the node that sent it.", "请告知发送方节点。") \
	X("a row of the batch is not [id, text, …] with as many texts as the batch has fields", "批次中有一行不符合 [标识, 文本, …] 的格式或列数") \
	X("Send the batch that follows it.", "请发送它之后的批次。") \
	X("out of order: expected the batch after {1}, got {2} after {3}", "批次顺序不对：应为第 {1} 批之后的批次，收到的是第 {3} 批之后的第 {2} 批") \
	X("another batch of this stream came at the same time; try again", "同一数据流的另一批次同时到达，请重试") \
	X("another process makes a batch of this stream; try again", "另一进程正在生成该数据流的批次，请重试") \
	X("another batch has this number already", "该编号已有另一批次") \
	X("Report it to the security administrators of both nodes.", "请告知两个节点的安全管理员。") \
	X("the batch does not say which fields it has", "批次未写明其字段") \
	X("the first batch of a stream begins a full run", "数据流的第一个批次应开始一次全量") \
	X("Begin the stream anew.", "请重新开始该数据流。") \
	X("the rows of the batch are not those its header counts", "批次的行与其消息头所计不符") \
	X("the message is no batch", "该消息不是批次") \
	X("this side does not ask for this stream", "本节点没有订阅该数据流") \
	X("Ask for it here first.", "请先在本节点订阅。") \
	X("these records came from this node, and do not return to it", "这些记录来自本节点，不再回流") \
	X("these records came from the node that asks for them, and do not return to it", "这些记录来自请求方节点，不再回流") \
	X("Use the records where they come from.", "请在来源处使用这些记录。") \
	X("a field of the batch is not described", "批次中有字段没有说明") \
	X("the batch does not describe its entry", "批次未说明其目录条目") \
	X("an entry of the catalogue has no document", "有目录条目缺少内容") \
	X("a line of the batch is no catalogue entry", "批次中有一行不是目录条目") \
	X("the entry these rows land in was changed and no longer has their fields", "接收这些行的目录条目已被修改，缺少相应字段") \
	X("the batches of this load are no longer kept: begin the stream anew", "该次挂接的批次已不再保留，请重新开始该数据流") \
	X("the stream of this load is gone", "该次挂接的数据流已不存在") \
	X("another process has begun this load", "另一进程已开始该次挂接") \
	X("the landing entry has no key", "接收条目没有主键") \
	X("{1} rows were sent and {2} were read", "发送了 {1} 行，读到 {2} 行") \
	X("Copy the whole line from the other node's page.", "请从对方节点的页面复制整行。") \
	X("that is no invitation of a node: yiwang-node/1, key, https address or -, name", "这不是节点邀请：应为 yiwang-node/1、公钥、https 地址或 -、名称") \
	X("Take the other node's line.", "请使用对方节点的邀请。") \
	X("that is this node's own invitation", "这是本节点自己的邀请") \
	X("Have the system administrator add the other side as an organisation.", "请系统管理员把对方登记为一个组织。") \
	X("there is no such organisation", "没有这个组织") \
	X("Let the other side call, or have it enter its address in the setting cascade.url.", "请改由对方发起连接，或请对方在设置项 cascade.url 中填写地址。") \
	X("the invitation names no address, so this node cannot call it", "邀请中没有地址，本节点无法连接对方") \
	X("Look for it in the list of nodes.", "请在节点列表中查找。") \
	X("this node is in the list already", "该节点已在列表中") \
	X("there is no node {1}", "没有节点 {1}") \
	X("Read the list again.", "请刷新列表。") \
	X("the node does not wait for approval", "该节点不在待核准状态") \
	X("Have the other side read its fingerprint out from its own page; do not approve when they differ.", "请对方从其页面上念出指纹；不一致时不要核准。") \
	X("this is not the fingerprint of the invitation", "与邀请的指纹不一致") \
	X("the node is revoked already", "该节点已停用") \
	X("The other side calls, or it is not approved.", "由对方发起连接，或该节点尚未核准。") \
	X("this node does not call that one", "本节点不向该节点发起连接") \
	X("the stored key of node {1} is damaged", "节点 {1} 的公钥存储损坏") \
	X("Begin the stream anew on the receiving side: one of the two was restored from a backup.", "请在接收方重新开始该数据流：其中一方可能从备份恢复过。") \
	X("the receiving side has batch {1} of this stream, which this side did not send", "接收方有该数据流的第 {1} 批，但本节点没有发送过") \
	X("the batch could not be signed", "批次无法签名") \
	X("the batch could not be written", "批次无法写成") \
	X("the message could not be signed", "消息无法签名") \
	X("the message could not be written", "消息无法写成") \
	X("It goes on by itself; where the receiving side was restored from a backup, begin the stream anew there.", "将自动继续；如果接收方是从备份恢复的，请在接收方重新开始该数据流。") \
	X("the receiving side says it has batch {1}, and signed for batch {2} before", "接收方称有第 {1} 批，但此前已签收第 {2} 批") \
	X("Send it anew.", "请重新发送。") \
	X("the message is not younger than the last one of this node", "该消息不晚于该节点的上一条消息") \
	X("nodes call through the proxy that checks their certificate", "节点须经过核验证书的代理访问") \
	X("Start with --trust-proxy and put nginx in front: see deploy/nginx-cascade.conf.", "请以 --trust-proxy 启动并在前面部署 nginx，见 deploy/nginx-cascade.conf。") \
	X("the proxy names no client certificate that it checked", "代理没有给出已核验的客户端证书") \
	X("Set X-Client-Verify and X-Client-Cert as in deploy/nginx-cascade.conf.", "请按 deploy/nginx-cascade.conf 设置 X-Client-Verify 和 X-Client-Cert。") \
	X("the message is for another node, or of another kind", "该消息是给其他节点的，或种类不符") \
	X("this node has not approved the one that calls", "本节点尚未核准来访的节点") \
	X("The data bureau enters its invitation; the security administrator approves it.", "由大数据局录入其邀请，安全管理员核准。") \
	X("the clocks of the two nodes are more than ten minutes apart", "两个节点的时钟相差超过十分钟") \
	X("Set both clocks by NTP.", "请用 NTP 校准两边的时钟。") \
	X("the call came over another certificate than the node says it uses", "来访所用证书与该节点声明的不一致") \
	X("It says so in the hello that begins each round.", "该节点在每轮开始的问候消息中声明其证书。") \
	X("Copy keys/node.pem from another state directory of this store, or from the backup (mode 0600).", "请从同一存储的其他状态目录或备份复制 keys/node.pem（权限 0600）。") \
	X("the key of this node is not in this state directory, and it is not replaced unseen", "本状态目录没有本节点的密钥，系统不会擅自更换") \
	X("See \"Nodes above and below\" in docs/operations.md: certificate and key in one file, mode 0600.", "见 docs/operations.md 的“Nodes above and below”：证书和私钥放在一个文件中，权限 0600。") \
	X("this node cannot call others: {1}", "本节点无法连接其他节点：{1}") \
	X("keys/cascade-client.pem is not there or cannot be read", "keys/cascade-client.pem 不存在或无法读取") \
	X("keys/cascade-client.pem can be read by others", "keys/cascade-client.pem 可被他人读取") \
	X("keys/cascade-client.pem holds no certificate", "keys/cascade-client.pem 中没有证书") \
	X("keys/cascade-ca.pem, the authority of the other nodes' servers, is not there", "keys/cascade-ca.pem（对方服务器证书的签发机构）不存在") \
	X("the message does not say which stream it is about and how far the other side is", "消息未写明是哪个数据流、对方到了哪里") \
	X("there is no stream {1}", "没有数据流 {1}") \
	X("Look for it among the streams.", "请在数据流中查找。") \
	X("the rows of this entry are asked for already", "该条目的数据已经订阅") \
	X("Choose an entry of the other catalogue and an organisation of this one.", "请选择对方目录的条目和本节点的组织。") \
	X("there is no such entry, organisation or approved node", "没有这样的条目、组织或已核准的节点") \
	X("Revoke its grant, or the node.", "请撤销其授权，或停用该节点。") \
	X("a stream is ended by the side that receives it", "数据流由接收方终止") \
	X("Revoke the node.", "请停用该节点。") \
	X("the catalogue comes as long as the node is approved", "节点核准期间目录持续同步") \
	X("Ask for it anew in the other catalogue.", "请在对方目录中重新订阅。") \
	X("the stream was ended", "该数据流已终止") \
	X("It may have been withdrawn there.", "对方可能已撤销。") \
	X("the other catalogue has no such entry", "对方目录没有这个条目") \
	X("Look at keys/cascade-client.pem and cascade-ca.pem.", "请检查 keys/cascade-client.pem 和 cascade-ca.pem。") \
	X("this node's certificate cannot be used", "本节点的证书无法使用") \
	X("Compare keys/cascade-ca.pem with the authority over there.", "请核对 keys/cascade-ca.pem 与对方的签发机构。") \
	X("{1} does not prove who it is", "{1} 未能证明其身份") \
	X("Is this node's certificate of their authority, and still valid?", "本节点的证书是否由对方认可的机构签发、是否仍有效？") \
	X("no TLS connection to {1}", "无法与 {1} 建立 TLS 连接") \
	X("the name in {1} is not known", "无法解析 {1} 中的名称") \
	X("Look at the address and at this machine's name server.", "请检查地址和本机的域名解析。") \
	X("{1} does not answer in time", "{1} 没有及时应答") \
	X("the connection to {1} broke", "与 {1} 的连接中断") \
	X("It is tried again by itself.", "将自动重试。") \
	X("{1} does not answer", "{1} 没有应答") \
	X("Renew it, or have them trust its authority.", "请更新证书，或请对方信任其签发机构。") \
	X("{1} does not take this node's certificate", "{1} 不接受本节点的证书") \
	X("Look at the proxy over there.", "请检查对方的代理。") \
	X("{1} answered HTTP {2}", "{1} 返回 HTTP {2}") \
	X("no connection could be made", "无法建立连接") \
	X("the answer is of another node, or of another kind", "应答来自其他节点，或种类不符") \
	X("the answer belongs to another question", "应答与所问不符") \
	X("{1} gave an empty answer", "{1} 的应答为空") \
	X("{1} asks for too many streams", "{1} 请求的数据流过多") \
	X("Name of this node for others, at most 60 characters; without one it invites nobody", "本节点对外的名称，最多 60 个字；未填写时不能邀请其他节点") \
	X("Address where other nodes call this one, behind a proxy that checks their certificate; empty: nobody calls", "其他节点连接本节点的地址（位于核验其证书的代理之后）；空：不接受连接") \
	X("Seconds between two rounds with a node that answers", "与正常应答的节点两轮交换之间的秒数") \
	X("Stop the stream first, or correct them at their origin.", "请先停止该数据流，或在来源处更正。") \
	X("the records of this entry come from {1}", "该条目的记录来自 {1}") \
	X("Days for which numbers, digests and receipts of batches are kept once they are done", "批次完成后，其编号、摘要和回执的保留天数") \
	X("Give at most 60 characters.", "请填写不超过 60 个字。") \
	X("Give an address that begins with https://, or nothing.", "请填写以 https:// 开头的地址，或留空。")
/* clang-format on */
#endif
