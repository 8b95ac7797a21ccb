"""计划: all work that comes round by itself, in one table: what, when, on which days, and what follows from a time that was missed."""

from __future__ import annotations

from datetime import time

from lvyue.jobs.schedule import Daily, Every, Missed, Schedule

SCHEDULES: tuple[Schedule, ...] = (
    Schedule("jobs.prune", "清理早已完成的作业记录", "lvyue.jobs.tasks.prune", Daily(time(3, 10))),
    Schedule("audit.seal", "给没有封链的留痕封链", "lvyue.accounts.tasks.seal_trail", Every(10)),
    Schedule(
        "audit.verify",
        "核对整条留痕链，断了就告诉系统管理员",
        "lvyue.project.watch.verify_audit_trail",
        Daily(time(2, 30)),
    ),
    Schedule(
        "answers.forget",
        "忘掉过期的一次性回答",
        "lvyue.accounts.tasks.forget_answers",
        Daily(time(3, 20)),
    ),
    Schedule(
        "accounts.expire",
        "停用到期的账号",
        "lvyue.accounts.tasks.end_expired_accounts",
        Daily(time(0, 5)),
    ),
    Schedule(
        "accounts.synchronise",
        "向目录核对停用的人",
        "lvyue.accounts.tasks.synchronise_providers",
        Daily(time(2, 40)),
        missed=Missed.LEAVE,
    ),
    Schedule(
        "tokens.warn",
        "提醒换快失效的令牌",
        "lvyue.notices.tasks.warn_of_tokens",
        Daily(time(8, 30)),
    ),
    Schedule(
        "remote.end",
        "结束到期的远程作业",
        "lvyue.helpdesk.tasks.end_remote",
        Every(1),
        missed=Missed.LEAVE,
    ),
    Schedule(
        "letters.stop",
        "甲方逾期未答复函件的，停下等它的工单时钟",
        "lvyue.helpdesk.tasks.stop_for_letters",
        Every(10),
    ),
    Schedule("search.follow", "把新内容编入检索", "lvyue.obligations.tasks.index", Every(5)),
    Schedule("reminders.tell", "到期提醒和逾期升级", "lvyue.obligations.tasks.remind", Every(2)),
    Schedule(
        "prompts.follow",
        "把限时通知的到达回报记入日志",
        "lvyue.obligations.tasks.follow_prompts",
        Every(2),
    ),
    Schedule(
        "notices.sweep",
        "推送事件，检查待发的通知",
        "lvyue.notices.tasks.sweep",
        Every(2),
        missed=Missed.LEAVE,
    ),
    Schedule(
        "helpdesk.fetch",
        "收取服务台的邮件",
        "lvyue.helpdesk.tasks.fetch_mail",
        Every(1),
        missed=Missed.LEAVE,
    ),
    Schedule(
        "helpdesk.dues",
        "合同变了，更新工单的期限",
        "lvyue.helpdesk.tasks.keep_dues",
        Every(5),
        missed=Missed.LEAVE,
    ),
    Schedule(
        "helpdesk.spread",
        "告知工单的经过",
        "lvyue.helpdesk.tasks.spread",
        Every(5),
        missed=Missed.LEAVE,
    ),
    Schedule(
        "helpdesk.staff",
        "把前一天驻场岗位的在岗人数记入日志",
        "lvyue.helpdesk.tasks.count_staff",
        Daily(time(0, 20)),
    ),
    Schedule(
        "helpdesk.repairs",
        "把上月故障设备的维修数记入日志",
        "lvyue.helpdesk.tasks.count_repairs",
        Daily(time(0, 30)),
    ),
    Schedule(
        "helpdesk.alerts",
        "把告警开成工单",
        "lvyue.project.alerts.open_tickets_of_alerts",
        Every(1),
        missed=Missed.LEAVE,
    ),
    Schedule(
        "readings.pick_up",
        "拾起没有作业的读入文件",
        "lvyue.readings.tasks.pick_up_papers",
        Every(10),
    ),
)
