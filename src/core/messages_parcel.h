/* Rows of messages.h for what exchange says of deliveries as files: their targets, carriers, parcels and formats. */
#ifndef YIWANG_CORE_MESSAGES_PARCEL_H
#define YIWANG_CORE_MESSAGES_PARCEL_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_PARCEL(X) \
	X("Undo the change there, or empty the folder so that it is delivered anew.", "请在目标处恢复改动，或清空文件夹以便重新交付。") \
	X("a manifest in the target's folder is larger than 1 MiB", "目标文件夹中有超过 1 MiB 的清单文件") \
	X("Look at the target's disk and at what else writes to the folder, then run the delivery again.", "请检查目标磁盘以及是否有其他程序写该文件夹，然后重新交付。") \
	X("file {1}, read back from the target, is not what was sent", "从目标回读的文件 {1} 与发送内容不一致") \
	X("Let the account of the program write to the folder, then run the delivery again.", "请允许本程序的账号写该文件夹，然后重新交付。") \
	X("Look at the folder, then run the delivery again.", "请检查文件夹，然后重新交付。") \
	X("the folder could not be opened: {1}", "无法打开文件夹：{1}") \
	X("the folder could not be written to: {1}", "无法写入文件夹：{1}") \
	X("the folder could not be listed: {1}", "无法列出文件夹内容：{1}") \
	X("the folder could not take the file: {1}", "无法把文件写入文件夹：{1}") \
	X("the folder could not keep the file: {1}", "文件夹未能保存文件：{1}") \
	X("the folder could not give the file back: {1}", "无法从文件夹读回文件：{1}") \
	X("a folder of the delivery could not be made in the folder: {1}", "无法在文件夹中建立本交付的文件夹：{1}") \
	X("a file could not be removed from the folder: {1}", "无法删除文件夹中的文件：{1}") \
	X("Let the system administrator enter the address that it leads to.", "请系统管理员改填它跳转到的地址。") \
	X("Ask the receiver; then run the delivery again.", "请询问接收方，然后重新交付。") \
	X("the receiver answered HTTP {1}: {2}", "接收方回答 HTTP {1}：{2}") \
	X("Let the receiver answer {\"sequence\": …, \"digest\": …} with status 200.", "请接收方以状态 200 回答 {\"sequence\": …, \"digest\": …}。") \
	X("the receiver's answer does not say which parcel it holds", "接收方的回答没有说明它持有哪个批次") \
	X("Ask the receiver what it holds; then run the delivery again.", "请询问接收方持有的内容，然后重新交付。") \
	X("the receiver keeps another body than was sent, or under another number", "接收方保存的内容或序号与发送的不一致") \
	X("It is tried again at the next run.", "下次运行时将重试。") \
	X("some records left what the grant shows: all records are delivered", "有记录离开授权可见范围，改为全量交付") \
	X("the receiver has this run's parcel already", "接收方已有本次运行的批次") \
	X("Say which.", "请填写。") \
	X("a target of kind {1} needs a {2}", "{1} 类目标须填写 {2}") \
	X("a target of kind {1} has no {2}", "{1} 类目标没有 {2}") \
	X("Write folder:name, of letters, digits, - and _.", "请写 folder:名称，名称只用字母、数字、- 和 _。") \
	X("the address is not the name of a folder below deliveries.folder", "地址不是 deliveries.folder 之下的文件夹名称") \
	X("Write sftp://user@host:22/folder, of letters, digits, - _ . and ~; the secret has a field of its own.", "请写 sftp://用户@主机:22/文件夹，只用字母、数字、- _ . 和 ~；口令或私钥另填。") \
	X("the address is not that of a folder on an SFTP server", "地址不是 SFTP 服务器上的文件夹") \
	X("Write what `ssh-keygen -lf` shows of the server's host key: SHA256: and 43 characters.", "请填 ssh-keygen -lf 显示的服务器主机密钥指纹：SHA256: 加 43 个字符。") \
	X("that is no fingerprint of a host key", "不是主机密钥指纹") \
	X("Enter the password or the private key.", "请填写口令或私钥。") \
	X("an SFTP target needs a secret", "SFTP 目标须有口令或私钥") \
	X("Write https://host/path, without user, query or fragment.", "请写 https://主机/路径，不带用户、查询和片段。") \
	X("the address is not that of an HTTP endpoint", "地址不是 HTTP 接口") \
	X("an address is one line", "地址须为一行") \
	X("Folder of this machine below which folder targets are; deliveries: the state directory's own; empty: none", "本机文件夹，文件夹类交付目标都在其下；填 deliveries：用状态目录下的同名文件夹；留空：不用") \
	X("Write an absolute path without . and .. parts, the word deliveries, or leave it empty.", "请写不含 . 和 .. 的绝对路径，或写 deliveries，或留空。") \
	X("Rows up to which a receiver's table is counted in each run of a delivery; a larger one is counted once a day", "接收方的表不超过多少行时每次交付都清点，超过的每天清点一次") \
	X("Seconds without a byte after which a call to a receiver of files has failed", "向文件接收方传输多少秒没有任何字节即算失败") \
	X("Choose another name, or empty the folder.", "请换一个名称，或清空该文件夹。") \
	X("the folder {1} of the target holds a manifest that this delivery did not write", "目标的文件夹 {1} 中有不是本交付写的清单") \
	X("Let the system administrator set deliveries.folder.", "请系统管理员设置 deliveries.folder。") \
	X("Let the system administrator set deliveries.folder to a folder of its own.", "请系统管理员把 deliveries.folder 设为单独的文件夹。") \
	X("deliveries.folder lies in the state directory", "deliveries.folder 在状态目录之内") \
	X("deliveries to folders are not set up", "尚未设置可交付的文件夹") \
	X("the server's host key is SHA256:{1}, not the one that was entered", "服务器的主机密钥指纹是 SHA256:{1}，与登记的不符") \
	X("Ask the receiver whether its key changed; then let the system administrator enter the target again.", "请询问接收方是否更换了密钥，再由系统管理员重新登记该目标。") \
	X("Let the operator add the certificate's authority to the system.", "请运维人员把证书的签发机构加入系统。") \
	X("Look at the receiver's certificate and TLS versions.", "请检查接收方的证书和 TLS 版本。") \
	X("Let the account write to the folder, then run the delivery again.", "请允许该账号写文件夹，然后重新交付。") \
	X("Make the folder at the target, then run the delivery again.", "请在目标处建立文件夹，然后重新交付。") \
	X("Check that the target runs, can be reached and has room on its disk.", "请检查目标是否运行、能否连通、磁盘是否有空间。") \
	X("The GeoPackage could not be written: {1}", "GeoPackage 无法写入：{1}") \
	X("The workbook could not be written: {1}", "工作簿无法写入：{1}") \
	X("Choose CSV or JSON Lines.", "请选用 CSV 或 JSON Lines。") \
	X("There are more than the 1,048,575 records that a sheet holds", "记录数超过工作表可容纳的 1,048,575 条") \
	X("{1} cannot be read: {2}", "无法读取 {1}：{2}")

/* clang-format on */
#endif
