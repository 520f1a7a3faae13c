"""The wording of what surrounds an article's text: labels of lists, small print, notices of the site. Pure.

Generic words only, in Chinese and English. Where a phrase may also begin a sentence of an article, the rule says how
the line must end.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from .names import Zone

_LABEL_CORE: Final = (
    r"(?:(?:精彩|相关|热门|更多|推荐|延伸|扩展|编辑|今日|本周|本月|本站|最新|近期|热点|热文|猜你|猜您|为你|为您|给你|给您|大家|你可能|您可能|其他|其它|同类|随机|站内|精选|阅读|往期|点击|一周|月度|二十四小时|24小时|48小时)"
    r"[^\s，。,.；;]{0,4}?(?:推荐|文章|新闻|阅读|排行榜?|内容|资讯|推送|导读|喜欢|在看|都在看|感兴趣|关注|看点|专题|话题|回顾|链接|搜索|评论|图文|热点|热文|问答|问题|回答|精选|产品|律师|专家|视频|课程|更多|咨询|报道|稿件|帖子|攻略)"
    r"|精彩推荐|相关文章|相关阅读|相关新闻|推荐阅读|延伸阅读|猜你喜欢|大家都在看|大家还看了|看过本文的人还看了|你可能还喜欢|您可能感兴趣的?(?:文章|内容)?|热门排行|排行榜|热榜|热搜|往期回顾|往期精彩"
    r"|related(?: posts| articles| reading)?|recommended|you may also like|more stories)"
)
_LABEL: Final = re.compile(
    rf"^[\s【\[（(《>»◆■●▌|]*(?:小编|作者|TA的?|博主|楼主)?的?{_LABEL_CORE}[\s】\])）》>»…:：|]*(?:(?:更多|more|换一[换批])[\s>»…]*)?$",
    re.I,
)
_COMMENT_LABEL: Final = re.compile(
    r"^(?:网友|用户|读者|访客|游客|最新|全部|热门|精彩|文章|发表|我要|参与|查看)?(?:评论|留言|跟帖|回复)(?:区|列表)?[\s（(]*\d*[条)）]*[\s:：]*$"
    r"|^(?:comments?|leave a reply)[\s(]*\d*\)?$|^\d+\s*条(?:评论|留言|回复)$",
    re.I,
)
#: Who made a text: 张三, or 张三 李四/王五.
_NAMES: Final = r"(?:[\u4e00-\u9fff·]{2,5}|[A-Za-z][\w.]{1,15})(?:[\s、/，,（(|]+[\u4e00-\u9fff·\w]{1,12}[)）]?){0,5}"
_ROLES: Final = r"(?:责任编辑|责编|网络编辑|本文编辑|值班编辑|编审|编辑|校对|监制|美编|审核|值班主任)"
_TARGETS: Final = (
    r"(?:微信好友|微信朋友圈|微信|朋友圈|新浪微博|微博|QQ空间|QQ好友|QQ|空间|豆瓣|好友|复制链接"
    r"|钉钉|facebook|twitter|line)"
)
#: Lines that are whole and nothing but a button, a count, a credit or a notice of the site.
_WHOLE_PRINT: Final = re.compile(
    r"^(?:【?(?:纠错|我要纠错|举报|打印|收藏|分享)】?\s*+(?:[/|]\s*+)?)*[\s【\[（(·•|]*(?:"
    rf"(?:[^\s，。：]{{2,6}}\s)?{_ROLES}\s*[:：|丨｜/／]\s*(?:{_NAMES})?[\sA-Za-z0-9_）)】\]]{{0,14}}$"
    r"|(?:原标题|原文标题)\s*[:：|丨｜/].{0,60}$|(?:文章来源|稿件来源|原文来源|信息来源)\s*[:：|丨｜/][^。！？，；]{0,40}$"
    r"|(?:【?(?:纠错|我要纠错|举报|反馈)】?[\s/|]*+)+$|举报/反馈"
    r"|(?:相关|文章)?(?:标签|关键[词字])(?:阅读)?\s*[:：>》\s][^，。；？！]{0,60}$|tags?\s*[:：][^。？！]{0,80}$"
    r"|返回[^，。]{2,6}[，,]\s*查看更多|更多(?:精彩)?(?:内容|资讯|报道)[^。]{0,12}(?:请|就?在|详见|关注|进入|点击)[^。]{0,24}$"
    r"|海量资讯[^。]{0,30}$|最后更新\s*[:：]\s*\d|扫描[^，。]{0,10}二维码[^。]{0,20}$|点击[^，。]{0,8}名片[^。]{0,20}$"
    rf"|分享(?:到|至|给)?\s*[:：]?(?:[\s、|/]*{_TARGETS})*\s*$|收藏\s*$|点赞\s*$"
    r"|扫一扫[^。]{0,12}(?:关注|下载|二维码|公众号|分享|手机看|加入)[^，。]{0,12}$|扫码(?:关注|下载|加入|咨询)[^，。]{0,16}$|长按(?:识别|二维码)[^。]{0,16}$"
    r"|[上下]一[篇页条]\s*(?:[:：>》]|$)|返回(?:列表|首页|顶部|上一页)?\s*$"
    r"|(?:[【\[]*(?:打印本[页文]|打印|关闭(?:窗口|本页|页面)?|返回顶部|收藏|推荐给朋友)[\s】\]|]*+)+$|阅读原文\s*[>》]*$|赞\s*在看\s*$|阅读全文\s*[>》]*$"
    r"|展开(?:阅读)?(?:全文|剩余[^，。]{0,8}|更多)\s*$|点击(?:查看|展开|阅读)?(?:全文|更多)(?:内容|评论|回答)?\s*[>》]*$"
    r"|(?:免费|在线|立即|一对一)咨询(?:律师|专家|客服|顾问|老师|TA)?[\s>》]*$|喜欢就?[^，。]{0,4}点个?赞|Powered\s+by|Processed\s+in"
    r"|(?:内容|文章|回答|以上信息)[^，。]{0,4}(?:有|是否)[^，。]{0,6}帮助[吗？?]*$"
    r"|(?:打开|前往)[^，。]{0,10}(?:APP|客户端)[，,\s]*(?:(?:阅读|查看|看|体验|享|参与)[^，。]{0,14})?$|APP内打开"
    r"|下载[^，。]{0,10}(?:APP|客户端)[，,\s]*(?:看|查看|享|领|阅读|体验|随时)[^。]{0,14}$"
    r"|版权所有(?![者人的])[^。]{0,60}$|copyright\s*(?:©|\(c\)|[:：]|\d{4}|all\b|by\b)|©|all rights reserved"
    r"|(?:炒股|理财|投资|买基金)就(?:看|来|上)[^。]{0,40}(?:权威|APP|平台|客户端|开户|研报)[^。]{0,30}$"
    r"|转载(?:请|须|务必)(?:注明|联系)[^。]{0,30}。?$|[^。，]{0,20}转载请注明出处[^。，]{0,20}。?$"
    r"|字[号体]\s*[:：]?\s*[\[【（(]?\s*大|[\[【]?\s*大\s*中\s*小\s*[\]】]?$"
    r"|(?:(?:阅读|浏览|点击|人气|播放|评论|热度)(?:量|次数|数)?\s*+(?:[:：(（]\s*+)?[\d.,]++\s*+[万w+]*+[)）次人]*+\s*+)+$"
    r"|[\d.,万w+]+\s*(?:次)?(?:阅读|浏览|人看过|人赞)\s*$"
    r"|京ICP|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]ICP备|关注(?:我们|公众号|微信)\s*$"
    r")",
    re.I,
)
#: What question pages put around answers, as headings too: never a part of the text.
_ANSWER_PRINT: Final = re.compile(
    r"^(?:最佳|其[他它]|全部|更多|推荐)?(?:律师|顾问|专家|医生|老师|用户|网友)?(?:的)?(?:精选)?(?:回答|答案|解答|回复)\s*[（(]?\s*共?\s*\d*\s*[条个位]?[)）]?\s*$"
    r"|^共?\s*\d+\s*[条个位](?:律师|顾问|专家|医生|用户|网友)?(?:的)?(?:回答|答案|解答|回复)[^。]{0,8}$|^第\s*\d+\s*位回答.{0,40}$"
    r"|^(?:擅长|专长|擅长领域|执业(?:律所|证号|机构)|服务(?:人数|地区)?|好评(?:率|数)?|响应时间)\s*[:：][^。]{0,60}$"
    r"|^(?:提问者|提问时间|提问人|悬赏分|验证码)\s*[:：][^。]{0,80}$|^(?:我来回答|我要提问|我也要问|免费提问|邀请回答)[^。，]{0,16}$"
    r"|^(?:编辑|播报|讨论|上传视频|锁定|收起|展开|编辑讨论|编辑播报|编辑锁定讨论上传视频)$"
    r"|^(?:没有|未)(?:找到|解决)[^。]{0,8}(?:答案|问题)[？?]?$|^(?:这篇|本篇|以上|该)?(?:文章|内容|回答)[^。]{0,6}(?:对[你您])?(?:有|是否)[^。]{0,4}(?:用|帮助)[吗么]?[？?]?$"
    r"|^\d+\s*人?(?:觉得|认为)[^。]{0,4}(?:有用|有帮助)$|^[—\s-]*没有更多了?[—\s-]*$"
)
#: When an answer was given, with the buttons behind it: 发布于 2026-02-12 10:21 赞(12) 踩 分享.
_ANSWERED: Final = re.compile(
    r"^(?:回复|回答|提问|发布|发表|解答|答复|编辑)(?:时间|于|@)?\s*[:：]?\s*(?:\d{2,4}\s*[-/.年]\s*)?\d{1,2}\s*[-/月]\s*\d{1,2}\s*日?\s*(?:\d{1,2}:\d{2}(?::\d{2})?)?"
    r"[^。，；：]{0,50}$",
    re.I,
)
#: How such lines begin. So do steps and sentences of articles (打开APP，点击右下角“我的”): other evidence must join.
_SMALL_PRINT: Final = re.compile(
    r"^(?:【?(?:纠错|我要纠错|举报|打印|收藏|分享)】?\s*+(?:[/|]\s*+)?)*[\s【\[（(·•|]*(?:"
    r"(?:[^\s，。]{2,6}\s)?(?:责任编辑|责编|网络编辑|本文编辑|值班编辑|编审|校对|监制|美编|原标题|原文标题|文章来源|稿件来源|原文来源|信息来源)\s*[:：|丨｜/][^。！？]{0,60}"
    r"|编辑\s*[|丨｜/／][^。！？，]{0,40}$|编辑\s*[:：]\s*\S{2,4}(?:\s|$)[^。！？，]{0,30}$"
    r"|标签\s+[^，。]{0,60}$|(?:文章)?关键[词字](?:阅读)?\s*[:：>》]"
    r"|本文(?:系|首发|原载|来自|来源)[^。]{0,20}(?:公众号|微信)|本文系[^。]{0,30}(?:独家|原创)?(?:稿件|文章)|[^。]{0,30}(?:经|获)[^。]{0,10}授权(?:发布|转载)[。！]?$"
    r"|更多(?:精彩)?(?:内容|资讯|报道)[^。]{0,12}(?:请|就?在|详见|关注|进入|点击)|海量资讯"
    r"|扫描[^。]{0,10}二维码[^。]{0,20}$|点击[^。]{0,8}名片[^。]{0,20}$|未经(?:正式|书面)授权|版权作品"
    r"|(?:相关|文章)?标签\s*[:：]|(?:炒股|理财|投资|买基金)就(?:看|来|上)[^。]{2,60}$|tags?\s*[:：]"
    r"|分享(?:(?:到|至|给)|\s*[:：]|\s+\S{1,6}(?:\s|$))|扫一扫[^。]{0,24}$|扫码(?:关注|下载)|长按(?:识别|二维码)"
    r"|[上下]一[篇页条]|关闭(?:窗口|本页|页面)|阅读原文|阅读全文|展开(?:全文|剩余|阅读)|点击(?:查看|展开)?(?:全文|更多)"
    r"|(?:免费|在线|立即|一对一)咨询[^。，；]{0,30}$|(?:内容|文章|回答|以上信息)[^，。]{0,4}(?:有|是否)[^，。]{0,4}帮助"
    r"|打开APP|下载[^，。]{0,8}(?:APP|客户端)[^。]{0,16}$|前往APP|打开[^。]{0,8}客户端|版权所有|版权声明|免责声明"
    r"|特别声明|郑重声明|本文(?:由|来自|转自|转载自|为)[^。]{0,40}(?:转载|原创|出处|整理|发布|授权)"
    r"|未经(?:许可|授权|同意)[^。]{0,12}(?:不得|禁止|严禁)[^。]{0,12}(?:转载|复制|使用|摘编|引用|镜像)"
    r"|转载(?:请|须|务必)(?:注明|联系)|(?:阅读|浏览|点击|人气|播放)(?:量|次数|数)?\s*[:：]?\s*\d|关注(?:我们|公众号|微信)"
    r")",
    re.I,
)
#: Sentences that begin with the word of a button: 打开APP后发现，额度已经被冻结。
_BUTTON_SENTENCE: Final = re.compile(
    r"打开APP|(?:阅读|浏览)\s*\d|点击|标签|[上下]一|赞|喜欢|字[号体]|关闭|返回|关注微信|免责声明[^:：】]|版权所有[者人]"
    r"|本文(?:由|为)[^。]{0,40}整理(?:而成|了)|分享给|(?:特别|郑重)声明",
    re.I,
)
#: What a page says where the rest of an article must be paid for.
_PAYWALL: Final = re.compile(
    r"(?:[^。]{0,10}需?支付[^，。]{0,10}元[^。]{0,4}(?:阅读|查看)|[^。，]{0,8}仅(?:限)?(?:会员|VIP|订阅用户)(?:可见|可读|阅读|查看)|[^。，]{0,6}免费阅读(?:次数|篇数)[^。]{0,8}"
    r"|限时免费[，,]?\s*登录|付费阅读(?:\s*[¥￥]?\s*\d|$)|未完待续[，,]|已有\s*\d+\s*人?(?:购买|订阅)|立即(?:订阅|购买|开通)\s*$|(?:会员|VIP)专享\s*$)[^。]{0,20}$"
    r"|(?:试[读看](?:部分)?(?:已)?(?:结束|到此|到这)|已(?:有账[号户]|是会员|订阅)[？?，,]?[^。]{0,6}登[录陆]|(?:单篇|本文|全文)(?:价格|售价|原价)\s*[:：]?\s*[¥￥]?\s*\d)[^。]{0,16}$"
    r"|(?:成为|开通|加入|升级)[^，。]{0,8}(?:会员|订阅|VIP)[^，。]{0,6}[，,]\s*[^，。]{0,4}(?:畅读|免费读|阅读|查看|解锁|看)[^，。]{0,10}$"
    r"|(?=.*(?:会员|付费|订阅|购买|解锁|登录|注册|VIP|APP|客户端))"
    r"(?:[^。]{0,12}(?:剩余|还有|剩下)\s*(?:的)?\s*\d+\s*[%％字]|注册[^，。]{0,6}(?:阅读|查看)[^。]{0,4}(?:本文|全文|剩余)|[^。]{0,6}(?:剩余|以下|后续|全部|完整|更多)(?:的)?(?:内容|全文|正文|部分|文章|章节)"
    r"|(?:本文|全文|此文|该文|文章)(?:为|是|属于|仅)?[^，。]{0,6}(?:付费|会员|订阅|VIP)"
    r"|[^。]{0,10}(?:继续阅读|解锁全文|查看全文|阅读全文|看全文))[^。]{0,40}[。！]?$",
    re.I,
)
#: What ends a line that sells something, and what only the foot of a site says.
_SALE: Final = re.compile(
    r"(?:律师|顾问|专家|老师|医生|经理)[^。]*(?:咨询|提问|打电话)\s*[>》]+$"
    r"|^[^，。]{0,8}(?:(?:在线|立即|电话|免费|点击)(?:咨询|提问)|(?:立即|马上|点击)(?:申请|下载|领取|报名))\s*[>》]*$"
)
_OFFER: Final = re.compile(r"(?:律师|顾问|专家|老师|医生|经理)[^。]*(?:咨询|提问|打电话)\s*$")
_SITE_FOOT: Final = re.compile(
    r"ICP[备证]\s*(?:案号?)?\s*[:：]?\s*(?:\d|[A-Z]{0,3}\d)|公网安备\s*\d|网站标识码|^[^，。]{0,8}提示\s*[:：]?\s*(?:贷款|投资|理财|借款)有风险.{0,24}$"
)
#: A notice of the site about itself, whatever it begins with: it names the site or the text, and what is not promised.
_OF_SITE: Final = re.compile(
    r"本(?:站|网|平台|公众号|刊|内容|文(?:仅|不构成|所|内容|观点|为|章)|文[^，。]{0,12}(?:上传|作者|转载))|平台(?:仅|系|声明|立场)|该文观点|登载此文|刊载|文(?:章|中)(?:内容|观点|提及|陈述)|对文中"
    r"|(?:以上|上述)[^，。]{0,8}(?:内容|观点|作品)|声明\s*[:：】]|[网社报台]\w{0,14}(?:力求|发布此|书面授权)"
)
_NOT_PROMISED: Final = re.compile(
    r"据此(?:操作|投资|买卖)|风险(?:自担|自负|由)|仅供(?:参考|读者)|不构成[^，。]{0,12}(?:建议|意见|依据)|(?:不代表|仅代表)[^，。]{0,16}(?:观点|立场|意见|个人|本人)"
    r"|版权(?:归|均属|属于|所有|问题)|(?:书面)?授权[^，。]{0,8}(?:禁止|不得|严禁|转载)|(?:禁止|严禁|不得|谢绝)(?:转载|摘编|复制)|存储空间|追究[^。]{0,12}责任"
    r"|证实其(?:描述|内容)|与[^，。]{0,10}(?:立场)?无关|侵权必究|(?:与|跟)?(?:本站|我们|本网)联系"
)
#: One of them is in every text the rule above finds; looking for words is ten times faster than the rule.
_LEGAL_WORDS: Final = (
    "据此", "风险", "仅供", "构成", "代表", "版权", "授权", "转载", "摘编", "复制", "存储", "责任", "证实", "无关",
    "侵权", "联系",
)  # fmt: skip
_DISCLAIMER: Final = re.compile(
    r"^[\s【\[（(*]*(?:免责声明|免责条款|郑重声明|特别声明|版权声明|风险提示及免责声明)[】\]）)]?\s*[:：]"
)
#: Lines that are small print only at the beginning or the end of an article: inside one they may be its subject.
_EDGE_PRINT: Final = re.compile(
    r"^[\s【\[（(]*(?:"
    r"(?:[^\s，。：]{0,8}(?:记者|编辑|作者|实习生)|来源|文|图|图文|撰文|采写|审核|字号)\s*[:：/|丨｜][^。！？，；]{0,60}"
    r"|(?:(?:发布|更新|发表|发稿)?(?:时间|日期|于)?\s*[:：]?\s*)(?:\d{2,4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]|\d{1,2}\s*(?:月|[/-](?=\d\d?\s+\d\d?:)))\s*\d{1,2}\s*日?(?:(?:\s|(?=\d\d:|星期|周|来源|作者|编辑|浏览|阅读|更新|文章|字[号体数]))[^。！？，；]{0,80})?"
    r"|(?:本[报刊网台])?(?:全媒体|首席|见习|特约)?(?:记者|通讯员|撰稿)\s+[^。！？，；：:\d]{2,30}"
    r"|(?:本文|以上内容|文章)?仅(?:供参考|代表作者)[^。]{0,40}。?|原创"
    r")[）)】\]\s]*$"
)
#: What sites add below a text. Only at its end: inside one, such words may be its subject.
_TAIL_PRINT: Final = re.compile(
    r"^[\s【\[（(*※■●▲▼>»—-]*(?:"
    r"notice\s*[:：].{0,30}content|(?:温馨)?提示\s*[:：]\s*(?:微信|扫)|风险提示(?:及免责(?:条款|声明))?\s*$"
    r"|[^，。：]{0,10}(?:报料|爆料|新闻热线|投稿|版权部|广告合作)[^。]{0,6}[:：]|[^，。]{0,12}广告合作|如需(?:获得)?(?:授权|转载)"
    r"|[^。]{0,40}未经[^。]{0,14}(?:授权|许可|允许|同意)[^。]{0,12}(?:不得|禁止|严禁|请勿|谢绝)[^。]{0,12}(?:转载|摘编|任何方式)"
    r"|[^。]{0,20}(?:本[文站网]|此内容|所刊载|转载)[^。]{0,16}(?:知识产权|著作权|版权)[^。]{0,8}(?:归|属)"
    r"|(?:如有|若有|如涉)[^。]{0,4}侵权[^。]{0,12}(?:联系|删除|告知|处理)"
    r"|(?:本文|文章|内容|部分|图片|素材)[^。]{0,10}(?:来源|来自|转载自|转自|取自)[^。]{0,4}网络"
    r"|(?:本文|文章|封面|题图|图片|封面图片)?来源\s*[:：|丨][^。]{0,60}$|(?:文章|本文)作者\s*$"
    r"|[^。]{0,30}(?:都在|尽在|就在|请看)[^，。]{1,16}(?:APP|客户端|公众号)\s*$|好文章[，,][^。]{0,10}$"
    r"|此?文限时|感谢[^。]{0,10}(?:订阅|阅读|关注)|推荐进入|(?:点击)?进入专题\s*(?:[:：>》]|$)"
    r"|下载[^，。]{1,20}(?:APP|客户端)[^。]{0,4}(?:或|查看|了解|关注|阅读)|关注[^，。]{2,12}[（(][^）)]{0,20}[）)][^。]{0,16}$"
    r"|[^。]{0,40}扫(?:描|码)?[^。]{0,8}二维码[^。]{0,24}$"
    r"|微信扫一扫[^。]{0,20}$|轻触|继续滑动|向上滑动|预览时标签|阅读下一篇"
    r"|(?:查看|看|阅读)(?:全文|更多)\s*$|收起\s*$|(?:点击)?加载(?:更多|中)|(?:写|添加|发表|参与|查看)(?:评论|跟帖)[^。]{0,20}$|文明上网"
    r"|您?还?(?:没有|未)登录|登录后[^。]{0,12}$|[^。]{0,10}网友评论(?:仅|只)|(?:我要)?(?:反馈|纠错)\s*$"
    r"|[^\s，。：]{0,8}(?:编辑|记者|主任|总监|监审|终审|出品|策划|统筹|制作|设计|供稿|责编|校对)\s*[:：|丨][^。！？，；]{1,40}$"
    r"|(?:(?:打印|复制链接|复制|收藏|转发|分享|字号|大|中|小)(?:\s+|$))+$|点击右上角|(?:收藏|分享|转发)本[文页]\s*$|加入收藏\s*$|复制链接|欢迎关注[^。]{0,40}$|更多[^，。]{0,10}(?:请|欢迎)?(?:关注|点击|查看)[^。]{0,30}$"
    r"|[^，。]{2,16}\s版权所有\s*$|(?:股市|投资|理财|市场|基金)有风险[，,][^。]{2,12}。?$|(?:原文|原文章|来源)链接|(?:投诉|举报)(?:建议|电话|邮箱)[^。]{0,40}$"
    r"|(?:本文|文章)?(?:转自|转载自|摘自)\s*[:：][^。]{0,40}$|转载本文[^。]{0,30}$|作者声明\s*[:：]|(?:#[^#\s]{1,16}#?\s*)+$|点击下载[^。]{0,30}$"
    r"|(?:完|全文完|本文完|the end|end)[\s】\]）)—-]*$"
    r")",
    re.I,
)
#: A line of nothing but buttons and their counts; a number alone may be a table's.
_BUTTONS: Final = re.compile(
    r"(?:\s|[\d.,+·|/、（()）]|[万wk]|赞同|点?赞|踩|喜欢|收藏|转发|分享|评论|在看|有用|没用|追问|倒序|正序|自动刷新|申请转载|微博|QQ空间|QQ|微信|朋友圈|举报|反馈|投诉|最新|最热)+",
    re.I,
)
#: Two buttons, or one and its count.
_TWO_BUTTONS: Final = re.compile(
    r"[\u4e00-\u9fff]{2}.*\d|\d.*[\u4e00-\u9fff]{2}|(?:赞|踩|收藏|转发|分享|评论|举报|喜欢|追问|有用|没用|倒序|正序).+[\u4e00-\u9fff]{2}"
)
_REFERENCES: Final = re.compile(
    r"[^。]{0,6}(?:参考|參考|引用|附件|资料来源|資料來源|文献|文獻|出处|数据来源|下载地址|官方)[^。]{0,8}[:：]?$"
)
_POSITION: Final = re.compile(r".{0,12}位置(?:是|在)?\s*[:：]")
_SENTENCE_SIGN: Final = re.compile(r"[。；！]")
_POINTS: Final = re.compile(r"[>›»＞]")
#: Links that lead one into the next: 人民网>>财经, 财经>正文.
_LINKED_CRUMB: Final = re.compile(r"[^\s>›»＞]{2,12}(?:\s*(?:>+|›|»|＞)\s*[^\s>›»＞]{2,12}){1,4}\s*[>›»＞]*")
#: A path that ends in the kind of page: 财经>银行>正文, 首页•征信•详情.
_KIND_CRUMB: Final = re.compile(
    r"[^\s>›»＞•·→]{2,8}(?:\s*[>›»＞•·→]\s*[^\s>›»＞•·→]{2,10}){0,3}\s*[>›»＞•·→]+\s*\S{0,4}(?:正文|详情|详细|内容|全文)页?"
)
_FROM_HOME: Final = re.compile(
    r"\s*(?:首页|主页|home)\s*(?:[>›»→＞/]|&gt;)|(?:首页|主页)\s*[-–—]\s*\S{2,10}(?:\s*[-–—]\s*\S{2,30}){0,3}$", re.I
)
_BETWEEN_KEYWORDS: Final = re.compile(r"[，、,;；|]|\s+")
_SENTENCE_END: Final = re.compile(r"[。！？!?]|\.(?:\s|$)")
_FULL_DATE: Final = re.compile(
    r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?"
)
_TRAILER: Final = re.compile(
    r"(?:…{1,2}|\.{3,6}|。。。)\s*(?:\[?(?:详细|查看详情|全文|更多)\]?)?$|[\[【（(](?:详细|查看详情|详情|全文|更多)[\]】）)]$"
)


def label_zone(text: str) -> Zone:
    """`related` or `comment` when a short line is the label of such a list, else ""."""
    if len(text) > 24:
        return ""
    if _LABEL.match(text):
        return "related"
    return "comment" if _COMMENT_LABEL.match(text) else ""


def small_print(text: str) -> int:
    """How strongly a line's words say that it is about the page and not the subject: editor, tags, sharing, copyright.

    0: not at all. 1: it begins or ends as such lines do, and as steps, sentences and headings of articles do as well.
    2: it is nothing else from beginning to end. 3: the same, as a heading or an item too.
    """
    size = len(text)
    if size <= 90 and (_ANSWER_PRINT.match(text) or _ANSWERED.match(text)):
        return 3
    if size <= 160:
        if size <= 40 and _BUTTONS.fullmatch(text) and _TWO_BUTTONS.search(text):
            return 2
        whole = _SITE_FOOT.search(text) or _WHOLE_PRINT.match(text) or (size <= 60 and _SALE.search(text))
        if (whole or (size <= 80 and _PAYWALL.match(text))) and "。" not in text:
            return 2  # a sentence that speaks of such things is no button
    if _is_legal(text):
        return 1
    if size <= 160 and _SMALL_PRINT.match(text) and not (text[-1] in "。？" and _BUTTON_SENTENCE.match(text)):
        return 1
    return 1 if (size <= 60 and _OFFER.search(text)) or _DISCLAIMER.match(text) else 0


def _is_legal(text: str) -> bool:
    """True for a notice that the site does not answer for the text, or that nobody may copy it."""
    if not 14 <= len(text) <= 500 or not any(word in text for word in _LEGAL_WORDS):
        return False
    return bool(_NOT_PROMISED.search(text) and _OF_SITE.search(text))


def is_keywords(text: str) -> bool:
    """True for a long enumeration that ends no sentence: keywords for search engines."""
    head = text[:3000]
    return len(head) > 300 and len(_BETWEEN_KEYWORDS.findall(head)) * 12 > len(head) and not _SENTENCE_END.search(head)


def is_edge_print(text: str) -> bool:
    """True for a line that is source, author or date, when it stands at either end of an article."""
    return len(text) <= 100 and bool(_EDGE_PRINT.match(text))


def is_tail_print(text: str) -> bool:
    """True for a line that sites add below a text, when it stands at the end of an article."""
    if len(text) > 240:
        return False
    if _TAIL_PRINT.match(text):
        return True
    return len(text) <= 40 and bool(_BUTTONS.fullmatch(text)) and any("\u4e00" <= one <= "\u9fff" for one in text)


def is_byline(text: str) -> bool:
    """True for a line above an article that is little more than a full date: 某某报 2026-03-10 字号 大 中 小."""
    if len(text) > 100 or text[-1] in "。！？；" or text[0] in "（(":
        return False
    rest, dates = _FULL_DATE.subn("", text)
    return dates > 0 and len(rest) <= 30 and not _SENTENCE_END.search(rest)


def is_crumb(text: str) -> bool:
    """True for a line that says where on the site the reader is."""
    # A headline at the end of a breadcrumb may have a comma, and steps on a telephone arrows: 首页→我的，点还款.
    if len(text) > 120 or _SENTENCE_SIGN.search(text) or ("，" in text and not _POINTS.search(text)):
        return False
    if ("位置" in text and _POSITION.match(text)) or _FROM_HOME.match(text):
        return True
    return len(text) <= 40 and bool(_KIND_CRUMB.fullmatch(text))


def is_linked_crumb(text: str) -> bool:
    """True for a line with links in it that reads like a breadcrumb without saying so."""
    return len(text) <= 60 and ">" in text.translate(_ARROWS) and bool(_LINKED_CRUMB.fullmatch(text))


_ARROWS: Final = str.maketrans("›»＞", ">>>")


def is_references(text: str) -> bool:
    """True for the label of links that an article gives itself."""
    return len(text) <= 24 and bool(_REFERENCES.match(text))


def is_teaser(text: str) -> bool:
    """True when a text breaks off with dots, as teasers of other articles do."""
    return bool(_TRAILER.search(text[-24:]))


#: The `print` of lines that are no part of a text even where others like them are.
NEVER_PART: Final = 3


class Wording(NamedTuple):
    """What the words of a line say of it, wherever it stands. `print` is that of `small_print`."""

    print: int
    crumb: bool
    keywords: bool
    teaser: bool
    edge: bool
    tail: bool
    byline: bool
    label: Zone


def wording_of(text: str) -> Wording:
    """All of the above at once."""
    return _known_wording(text) if len(text) <= _REPEATED else _wording(text)


def _wording(text: str) -> Wording:
    return Wording(
        small_print(text),
        is_crumb(text),
        is_keywords(text),
        is_teaser(text),
        is_edge_print(text),
        is_tail_print(text),
        is_byline(text),
        label_zone(text),
    )


#: Short lines are those of navigation and furniture, the same on every page of a site.
_REPEATED: Final = 40
_known_wording = lru_cache(maxsize=8192)(_wording)
