"""What the live page says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.model import Words
from pos_guard.policy.explain import LEVEL_WORDS

_DEVICE: Mapping[str, Words] = {
    "title": Words("模拟设备", "Simulated devices"),
    "no-devices": Words("没有设备。", "There are no devices."),
    "nobody": Words("未连接", "nobody connected"),
    "connected": Words("已连接", "connected"),
    "plug": Words("插上", "Plug in"),
    "unplug": Words("拔掉", "Unplug"),
    "plugged": Words("已插上", "plugged in"),
    "unplugged": Words("已拔掉", "unplugged"),
    "copy": Words("复制", "Copy"),
    "copy-what": Words("复制 {what}", "Copy {what}"),
    "copied": Words("已复制", "Copied"),
    "copy-by-hand": Words("请手动复制", "Copy it by hand"),
    "not-reached": Words("模拟器没有应答。", "The simulator does not answer."),
    "faults": Words("故障", "Faults"),
    "group-device": Words("设备", "Device"),
    "group-host": Words("结果与应答", "Outcomes and answers"),
    "group-link": Words("线路", "Line"),
    "with": Words("参数", "with…"),
    "kind-printer": Words("小票打印机", "Receipt printer"),
    "kind-scanner": Words("扫码枪", "Scanner"),
    "kind-terminal": Words("刷卡终端", "Payment terminal"),
    "kind-host": Words("收单主机", "Acquirer's host"),
    "kind-provider": Words("支付平台", "Payment provider"),
}

_PRINTER: Mapping[str, Words] = {
    "paper-of": Words("{device} 的纸", "Paper of {device}"),
    "no-paper": Words("还没有打印。", "Nothing printed yet."),
    "receipt-number": Words("小票 {number}", "Receipt {number}"),
    "as-text": Words("文本", "As text"),
    "display": Words("顾客显示屏", "Customer display"),
    "lamps": Words("指示灯", "Lamps"),
    "lamp-power": Words("电源", "Power"),
    "lamp-paper": Words("缺纸", "Paper"),
    "lamp-error": Words("错误", "Error"),
    "lamp-on": Words("亮", "on"),
    "lamp-off": Words("灭", "off"),
    "paper-in": Words("有纸", "paper is in"),
    "paper-out": Words("纸尽，请换纸", "out of paper"),
    "paper-near-end": Words("纸将尽", "paper is near its end"),
    "cover-open": Words("盖子打开", "cover open"),
    "all-well": Words("恢复正常", "all is well"),
    "beeped": Words("蜂鸣 {count} 次", "{count} beeps"),
    "drawer-shut": Words("钱箱关闭", "Drawer shut"),
    "drawer-open": Words("钱箱打开", "Drawer open"),
    "drawer-opens": Words("钱箱弹开", "The drawer opens"),
    "pulses": Words("共 {count} 次", "{count}× so far"),
}

_SCANNER: Mapping[str, Words] = {
    "code": Words("条码或二维码内容", "Code"),
    "code-example": Words("例如 6901234567892", "such as 6901234567892"),
    "symbology": Words("码制", "Kind of code"),
    "scan": Words("扫码", "Scan"),
    "drop": Words("把图片拖到这里", "Drop a picture here"),
    "drop-or": Words("或点此选择：小票、手机截屏", "or choose one: a receipt, a phone's screen"),
    "trigger": Words("按扳机", "Pull trigger"),
    "scans": Words("最近扫码", "Latest scans"),
    "read": Words("已读", "read"),
    "not-read": Words("未读：{why}", "not read: {why}"),
}

_PAYMENT: Mapping[str, Words] = {
    "keys": Words("按键", "Keys"),
    "key-ok": Words("确认", "OK"),
    "key-decline": Words("银行拒绝", "Decline"),
    "key-stop": Words("取消", "Stop"),
    "ask-me": Words("每笔都由我按键决定", "I decide each payment by key"),
    "book": Words("已发生的交易", "What moved"),
    "book-what": Words("类型", "Kind"),
    "book-amount": Words("金额", "Amount"),
    "book-number": Words("凭证号", "Number"),
    "book-state": Words("状态", "State"),
    "stands": Words("有效", "stands"),
    "taken-back": Words("已撤回", "taken back"),
    "screen-idle": Words("就绪", "Ready"),
    "screen-working": Words("请刷卡……", "Card, please…"),
    "screen-asks": Words("请刷卡", "Card, please"),
    "screen-asks-hint": Words("请按键：取消、拒绝或确认", "Press Stop, Decline or OK"),
    "screen-approved": Words("交易成功", "Approved"),
    "screen-declined": Words("交易失败", "Declined"),
    "screen-taken-back": Words("已自动撤回", "Taken back"),
}

_PANELS: Mapping[str, Words] = {
    "frames": Words("线路报文", "Frames on the lines"),
    "filter": Words("筛选", "Filter"),
    "which-line": Words("哪条线路", "Which line"),
    "all-lines": Words("全部线路", "All lines"),
    "pause": Words("暂停", "Pause"),
    "go-on": Words("继续", "Go on"),
    "clear": Words("清空", "Clear"),
    "bytes": Words("{count} 字节", "{count} bytes"),
    "to-device": Words("发给设备", "to the device"),
    "from-device": Words("设备发出", "from the device"),
    "line-opened": Words("连接打开", "opened"),
    "line-closed": Words("连接关闭", "closed"),
    "line-hangs-up": Words("设备挂断", "the device hangs up"),
    "verdicts": Words("守卫的判定", "The guard's verdicts"),
    "asks": Words("等人确认", "waits for a person"),
    "scenario": Words("剧本", "Scenario"),
    "step": Words("步骤", "step"),
    "met": Words("符合", "met"),
    "not-met": Words("不符合", "not met"),
}

_LEVELS = {f"level-{level.name}": words for level, words in LEVEL_WORDS.items()}

LIVE_WORDS: Mapping[str, Words] = {
    **_LEVELS,
    **_DEVICE,
    **_PRINTER,
    **_SCANNER,
    **_PAYMENT,
    **_PANELS,
}
