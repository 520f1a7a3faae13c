"""Days as pages write them, in any characters; and headlines with the names of their sites."""

from __future__ import annotations

import pytest

from searchsvc.ingest.dates import day_without_year, iter_dates, parse_short_date
from searchsvc.ingest.decode import decode
from searchsvc.ingest.reading.site_names import without_site

ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("２０２５年１１月０３日", "2025-11-03"),
        ("2025－11－03", "2025-11-03"),
        ("2025–11–03 08:30", "2025-11-03T08:30:00"),
        ("2025\u200b-11-\u200b03", "2025-11-03"),
        ("2025年十一月三日", "2025-11-03"),
        ("二〇二五年11月3日", "2025-11-03"),
        ("二〇二五年十一月三日", "2025-11-03"),
        ("发布时间：20251103", "2025-11-03"),
        ("发布日期: 20251103 08:30", "2025-11-03T08:30:00"),
        ("2025-11-03 4:05 PM", "2025-11-03T16:05:00"),
        ("2025-11-03 12:05 am", "2025-11-03T00:05:00"),
        ("2025-11-03 下午4:05", "2025-11-03T16:05:00"),
        ("2025年11月3日 上午10:05", "2025-11-03T10:05:00"),
        ("Nov\n03\n2025", "2025-11-03"),
        ("03 Nov 2025", "2025-11-03"),
        ("2025 Nov 03", "2025-11-03"),
        ("Nov 03 Mon 2025", "2025-11-03"),
        ("11月 03 週一 2025", "2025-11-03"),
    ],
)
def test_a_day_is_read_in_whatever_characters(text: str, day: str) -> None:
    assert list(iter_dates(text, ZONE))[:1] == [day]


@pytest.mark.parametrize("text", ["订单号20251103", "2025年13月3日", "2025-02-30", "还款日每月3日", "电话 2025-1103"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert list(iter_dates(text, ZONE)) == []


def test_days_without_a_year_take_the_one_given() -> None:
    assert day_without_year("03-10 08:30", 2026) == "2026-03-10"
    assert day_without_year("3月10日", 2026) == "2026-03-10"
    assert parse_short_date("２６－０３－１０", ZONE) == "2026-03-10"


@pytest.mark.parametrize("text", ["手续费€100", "€", "兑换€5和£3"])
def test_the_byte_80_of_gbk_is_the_euro_sign(text: str) -> None:
    page = f"<meta charset=gbk><p>银行兑换外币的手续费按照金额收取，{text}</p>"
    data = page.encode("gb18030").replace("€".encode("gb18030"), b"\x80")
    assert decode(data).text == page


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("借呗逾期会怎样_网贷_某某网", "借呗逾期会怎样"),
        ("某某网-借呗逾期会怎样", "借呗逾期会怎样"),
        ("操盘必读｜央行下调利率；多家银行跟进", "操盘必读｜央行下调利率；多家银行跟进"),
        ("征信花了 - 还能申请房贷吗_某某网", "征信花了 - 还能申请房贷吗"),
        ("借呗-花呗：哪个先还", "借呗-花呗：哪个先还"),
        ("1-10月住户存款增多 - 某某财经网", "1-10月住户存款增多"),
        ("存款利率又降了吗？-银行-某某网", "存款利率又降了吗？"),
        ("租房怎么提公积金 @ 小周的部落格 :: 痞客邦 ::", "租房怎么提公积金"),
        ("信用卡怎么注销|信用卡|注销_某某网", "信用卡怎么注销"),
        ("", ""),
    ],
)
def test_sites_and_columns_are_cut_off_and_bars_of_its_own_are_not(text: str, headline: str) -> None:
    assert without_site(text, [], declared=False) == headline


def test_a_declared_headline_is_cut_at_known_names_only() -> None:
    assert without_site("养老金并轨 | 十年过渡 | 账本", ["账本"], declared=True) == "养老金并轨 | 十年过渡"
    assert without_site("养老金并轨 | 十年过渡", [], declared=True) == "养老金并轨 | 十年过渡"
