"""Domains of mail providers: an address there says nothing about whom somebody works for."""

_DOMAINS = """
126.com 163.com alice.it aol.com arcor.de bluewin.ch bol.com.br btinternet.com comcast.net cox.net duck.com
fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.net googlemail.com hey.com
hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com icloud.com inbox.lv inbox.ru
laposte.net libero.it list.ru live.co.uk live.com live.fr live.it live.nl mac.com mail.com mail.ru mailbox.org
me.com msn.com naver.com orange.fr outlook.com outlook.de outlook.es outlook.fr outlook.it pm.me posteo.de
proton.me protonmail.com qq.com rediffmail.com rocketmail.com sbcglobal.net sfr.fr sina.com t-online.de
telefonica.net terra.com.br tim.it tiscali.it tuta.com tutanota.com uol.com.br verizon.net virgilio.it wanadoo.fr
web.de wp.pl yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it
yandex.com yandex.ru ymail.com ziggo.nl zoho.com
"""
FREEMAIL = frozenset(_DOMAINS.split())
