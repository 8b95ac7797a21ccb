"""姓氏: the family names by which a word beside a label is told from any other short word."""

from __future__ import annotations

#: 百家姓 as far as it is still met, and the new ones of the last census
SINGLE = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛奚范彭郎鲁韦昌马苗凤花俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅"
    "皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支"
    "柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程邢裴陆荣翁荀羊惠甄曲封芮储靳邴松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉戎祖武符刘景"
    "詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲台从鄂索咸籍赖卓蔺屠蒙池乔阴能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习艾鱼"
    "容向古易慎戈廖终居衡步都耿满弘匡国文寇广禄阙东欧沃利蔚越师巩聂晁勾敖融冷辛阚那简饶曾关查游权盖益桓公仉督佟佘商牟岳帅缑亢况有琴肖覃涂闫冼付代仝佀候"
)
DOUBLE = frozenset(
    [
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒",
        "令狐", "宇文", "长孙", "夏侯", "轩辕", "端木", "南宫", "独孤", "呼延", "西门",
        "百里", "东郭", "闻人", "澹台", "申屠", "太史", "公冶", "钟离", "鲜于", "拓跋",
    ]
)  # fmt: skip


def begins_with_surname(word: str) -> bool:
    """Whether a word may be a full name by its first character or two."""
    return word[:1] in SINGLE or word[:2] in DOUBLE
