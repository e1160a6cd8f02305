"""Vendors' own snippets, in the shape in which their documentation gives them, and what each would load."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """Markup, the third-party URLs that stand in it (as a browser reads them), the marks of its scripts."""

    name: str
    html: str
    urls: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    head: bool = False


def _s(name: str, html: str, *urls: str, inline: str = "") -> Snippet:
    return Snippet(name, html, urls, tuple(inline.split()))


_IN_HEAD = (
    _s("ga4", """<!-- Google tag (gtag.js) -->
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1A2B3C4D5E"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag(){dataLayer.push(arguments);}
  gtag('js', new Date());
  gtag('config', 'G-1A2B3C4D5E');
</script>""", "https://www.googletagmanager.com/gtag/js?id=G-1A2B3C4D5E", inline="dataLayer.push"),
    _s("gtm", """<!-- Google Tag Manager -->
<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':
new Date().getTime(),event:'gtm.js'});var f=d.getElementsByTagName(s)[0],
j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;j.src=
'https://www.googletagmanager.com/gtm.js?id='+i+dl;f.parentNode.insertBefore(j,f);
})(window,document,'script','dataLayer','GTM-ABC123');</script>
<!-- End Google Tag Manager -->""", inline="googletagmanager.com/gtm.js"),
    _s("facebook-pixel", """<script>
!function(f,b,e,v,n,t,s)
{if(f.fbq)return;n=f.fbq=function(){n.callMethod?
n.callMethod.apply(n,arguments):n.queue.push(arguments)};
if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;n.version='2.0';
n.queue=[];t=b.createElement(e);t.async=!0;
t.src=v;s=b.getElementsByTagName(e)[0];
s.parentNode.insertBefore(t,s)}(window, document,'script',
'https://connect.facebook.net/en_US/fbevents.js');
fbq('init', '1234567890');
fbq('track', 'PageView');
</script>
<noscript><img height="1" width="1" style="display:none"
src="https://www.facebook.com/tr?id=1234567890&ev=PageView&noscript=1"/></noscript>""",
       "https://www.facebook.com/tr?id=1234567890&ev=PageView&noscript=1", inline="fbq("),
    _s("matomo", """<script>
  var _paq = window._paq = window._paq || [];
  _paq.push(['trackPageView']);
  _paq.push(['enableLinkTracking']);
  (function() {
    var u="//stats.example.net/matomo/";
    _paq.push(['setTrackerUrl', u+'matomo.php']);
    _paq.push(['setSiteId', '7']);
    var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];
    g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);
  })();
</script>
<noscript><p><img src="//stats.example.net/matomo/matomo.php?idsite=7&amp;rec=1" style="border:0;" alt="" /></p></noscript>""",
       "//stats.example.net/matomo/matomo.php?idsite=7&rec=1", inline="_paq"),
    _s("gpt", """<script async src="https://securepubads.g.doubleclick.net/tag/js/gpt.js" crossorigin="anonymous"></script>
<script>
  window.googletag = window.googletag || {cmd: []};
  googletag.cmd.push(function() {
    googletag.defineSlot('/1234/news', [[300, 250], 'fluid'], 'div-gpt-ad-1').addService(googletag.pubads());
    googletag.enableServices();
  });
</script>""", "https://securepubads.g.doubleclick.net/tag/js/gpt.js", inline="googletag"),
    _s("prebid", """<script async src="//cdn.prebid.example/prebid9.js"></script>
<script>var pbjs=pbjs||{};pbjs.que=pbjs.que||[];pbjs.que.push(function(){pbjs.addAdUnits([{code:'a',
mediaTypes:{banner:{sizes:[[300,250]]}},bids:[{bidder:'appnexus',params:{placementId:1}}]}]);});</script>""",
       "//cdn.prebid.example/prebid9.js", inline="pbjs"),
    _s("hotjar", """<script>
    (function(h,o,t,j,a,r){
        h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};
        h._hjSettings={hjid:12345,hjsv:6};
        a=o.getElementsByTagName('head')[0];
        r=o.createElement('script');r.async=1;
        r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;
        a.appendChild(r);
    })(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');
</script>""", inline="_hjSettings"),
    _s("chartbeat", """<script type='text/javascript'>
(function() { var _sf_async_config = window._sf_async_config = (window._sf_async_config || {});
_sf_async_config.uid = 12345; _sf_async_config.domain = 'news.example'; })();
</script>
<script async src="//static.chartbeat.com/js/chartbeat_mab.js"></script>""",
       "//static.chartbeat.com/js/chartbeat_mab.js", inline="_sf_async_config"),
    _s("piano", """<script type="text/javascript" src="https://tag.aticdn.net/piano-analytics.js" crossorigin></script>
<script>pa.setConfigurations({site: 123456, collectDomain: "https://logs1.xiti.com"});
pa.sendEvent('page.display', {page: 'une'});</script>""",
       "https://tag.aticdn.net/piano-analytics.js", inline="pa.setConfigurations"),
    _s("consent-loader", """<script type="text/javascript">window.gdprAppliesGlobally=true;(function(){function a(e){
if(!window.frames[e]){if(document.body&&document.body.firstChild){var t=document.body;var n=document.createElement("iframe");
n.style.display="none";n.name=e;n.title=e;t.insertBefore(n,t.firstChild)}}}a("__tcfapiLocator")})();</script>
<script id="spcloader" type="text/javascript" async="true" src="https://sdk.privacy-center.example/abc/loader.js?target=news.example" charset="utf-8"></script>""",
       "https://sdk.privacy-center.example/abc/loader.js?target=news.example", inline="gdprAppliesGlobally"),
    _s("google-fonts", """<link rel="preconnect" href="https://fonts.googleapis.com">
<link rel="preconnect" href="https://fonts.gstatic.com" crossorigin>
<link href="https://fonts.googleapis.com/css2?family=Lora:ital,wght@0,400;0,700;1,400&display=swap" rel="stylesheet">""",
       "https://fonts.googleapis.com", "https://fonts.gstatic.com",
       "https://fonts.googleapis.com/css2?family=Lora:ital,wght@0,400;0,700;1,400&display=swap"),
    _s("google-fonts-import", """<style>@import url('https://fonts.googleapis.com/css?family=Open+Sans&display=swap');
body{font-family:'Open Sans',sans-serif}</style>""", "https://fonts.googleapis.com/css?family=Open+Sans&display=swap"),
    _s("typekit", """<link rel="stylesheet" href="https://use.typekit.net/abc1def.css">""", "https://use.typekit.net/abc1def.css"),
    _s("font-awesome-kit", """<script src="https://kit.fontawesome.com/abcdef1234.js" crossorigin="anonymous"></script>""",
       "https://kit.fontawesome.com/abcdef1234.js"),
    _s("linkedin", """<script type="text/javascript">
_linkedin_partner_id = "12345";
window._linkedin_data_partner_ids = window._linkedin_data_partner_ids || [];
window._linkedin_data_partner_ids.push(_linkedin_partner_id);
</script>
<noscript>
<img height="1" width="1" style="display:none;" alt="" src="https://px.ads.linkedin.com/collect/?pid=12345&fmt=gif" />
</noscript>""", "https://px.ads.linkedin.com/collect/?pid=12345&fmt=gif", inline="_linkedin_partner_id"),
    _s("criteo", """<script type="text/javascript" src="//dynamic.criteo.com/js/ld/ld.js?a=1234" async="true"></script>
<script type="text/javascript">window.criteo_q = window.criteo_q || [];
window.criteo_q.push({ event: "setAccount", account: 1234}, {event: "viewHome"});</script>""",
       "//dynamic.criteo.com/js/ld/ld.js?a=1234", inline="criteo_q"),
    _s("taboola-head", """<script type="text/javascript">
  window._taboola = window._taboola || [];
  _taboola.push({article:'auto'});
  !function (e, f, u, i) {
    if (!document.getElementById(i)){ e.async = 1; e.src = u; e.id = i; f.parentNode.insertBefore(e, f); }
  }(document.createElement('script'), document.getElementsByTagName('script')[0],
  '//cdn.taboola.com/libtrc/news/loader.js', 'tb_loader_script');
</script>""", inline="_taboola"),
    _s("comscore", """<script>
  var _comscore = _comscore || [];
  _comscore.push({ c1: "2", c2: "1234567" });
  (function() { var s = document.createElement("script"), el = document.getElementsByTagName("script")[0]; s.async = true;
    s.src = "https://sb.scorecardresearch.com/cs/1234567/beacon.js"; el.parentNode.insertBefore(s, el); })();
</script>
<noscript><img src="https://sb.scorecardresearch.com/p?c1=2&amp;c2=1234567&amp;cv=4.4.0&amp;cj=1"></noscript>""",
       "https://sb.scorecardresearch.com/p?c1=2&c2=1234567&cv=4.4.0&cj=1", inline="_comscore"),
    _s("hints", """<link rel="dns-prefetch" href="//ad.example.net"><link rel="preconnect dns-prefetch" href="https://cdn.adnet.example">
<link rel=preload as=script href=https://cdn.adnet.example/lib.js>""",
       "//ad.example.net", "https://cdn.adnet.example", "https://cdn.adnet.example/lib.js"),
    _s("recaptcha", """<script src="https://www.google.com/recaptcha/api.js?render=explicit&amp;hl=fr" async defer></script>""",
       "https://www.google.com/recaptcha/api.js?render=explicit&hl=fr"),
    _s("hubspot", """<!-- Start of HubSpot Embed Code -->
<script type="text/javascript" id="hs-script-loader" async defer src="//js.hs-scripts.com/123456.js"></script>""",
       "//js.hs-scripts.com/123456.js"),
    _s("clarity", """<script type="text/javascript">
    (function(c,l,a,r,i,t,y){ c[a]=c[a]||function(){(c[a].q=c[a].q||[]).push(arguments)};
        t=l.createElement(r);t.async=1;t.src="https://www.clarity.ms/tag/"+i;
        y=l.getElementsByTagName(r)[0];y.parentNode.insertBefore(t,y);
    })(window, document, "clarity", "script", "abcdefghij");
</script>""", inline="clarity.ms/tag/"),
    _s("plausible", """<script defer data-domain="news.example" src="https://plausible.io/js/script.js"></script>""",
       "https://plausible.io/js/script.js"),
    _s("jquery-cdn", """<script src="https://code.jquery.com/jquery-3.7.1.min.js" integrity="sha256-/JqT3SQfawRcv/BIHPThkBvs0OEvtFFmqPF/lYI/Cxo=" crossorigin="anonymous"></script>""",
       "https://code.jquery.com/jquery-3.7.1.min.js"),
    _s("module-cdn", """<script type="module" src="https://esm.sh/preact@10"></script>
<link rel="modulepreload" href="https://esm.sh/htm@3">""", "https://esm.sh/preact@10", "https://esm.sh/htm@3"),
    _s("import-map", """<script type="importmap">{"imports": {"preact": "https://esm.sh/preact@10", "app": "/app.js"}}</script>""",
       "https://esm.sh/preact@10"),
    _s("speculation", """<script type="speculationrules">{"prerender":[{"urls":["https://shop.partner.example/offers"]}]}</script>""",
       "https://shop.partner.example/offers"),
)  # fmt: skip

_IN_BODY = (
    _s("gtm-noscript", """<!-- Google Tag Manager (noscript) -->
<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-ABC123&gtm_auth=x1&gtm_preview=env-2"
height="0" width="0" style="display:none;visibility:hidden"></iframe></noscript>""",
       "https://www.googletagmanager.com/ns.html?id=GTM-ABC123&gtm_auth=x1&gtm_preview=env-2"),
    _s("youtube", """<iframe width="560" height="315" src="https://www.youtube.com/embed/dQw4w9WgXcQ?si=abc&amp;start=12" title="YouTube video player"
frameborder="0" allow="accelerometer; autoplay; clipboard-write; encrypted-media; gyroscope; picture-in-picture; web-share" allowfullscreen></iframe>""",
       "https://www.youtube.com/embed/dQw4w9WgXcQ?si=abc&start=12"),
    _s("youtube-nocookie", "<iframe src=//www.youtube-nocookie.com/embed/dQw4w9WgXcQ width=560 height=315 allowfullscreen></iframe>",
       "//www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
    _s("youtube-srcdoc", """<iframe srcdoc="<style>*{padding:0}img{width:100%}</style><a href=https://www.youtube.com/embed/x1?autoplay=1><img src=https://i.ytimg.com/vi/x1/hqdefault.jpg alt='Film'><span>▶</span></a>" src="https://www.youtube.com/embed/x1"></iframe>""",
       "https://i.ytimg.com/vi/x1/hqdefault.jpg", "https://www.youtube.com/embed/x1"),
    _s("vimeo", """<div style="padding:56.25% 0 0 0;position:relative;"><iframe src="https://player.vimeo.com/video/76979871?h=8272103f6e" style="position:absolute;top:0;left:0;width:100%;height:100%;" frameborder="0" allow="autoplay; fullscreen" title="Film"></iframe></div><script src="https://player.vimeo.com/api/player.js"></script>""",
       "https://player.vimeo.com/video/76979871?h=8272103f6e", "https://player.vimeo.com/api/player.js"),
    _s("dailymotion", """<iframe frameborder="0" width="480" height="270" src="https://geo.dailymotion.com/player.html?video=x84sh87" allowfullscreen allow="autoplay"></iframe>
<script src="https://geo.dailymotion.com/player/xabcd.js" data-video="x84sh87"></script>""",
       "https://geo.dailymotion.com/player.html?video=x84sh87", "https://geo.dailymotion.com/player/xabcd.js"),
    _s("twitter", """<blockquote class="twitter-tweet"><p lang="fr" dir="ltr">Le mot du jour &mdash; voir <a href="https://t.co/abc">https://t.co/abc</a></p>&mdash; News (@news) <a href="https://twitter.com/news/status/1?ref_src=twsrc%5Etfw">March 1, 2024</a></blockquote> <script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>""",
       "https://platform.twitter.com/widgets.js"),
    _s("instagram", """<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/abc/?utm_source=ig_embed" data-instgrm-version="14" style=" background:#FFF; border:0; margin: 1px; max-width:540px; width:calc(100% - 2px);"><a href="https://www.instagram.com/p/abc/" target="_blank">Voir</a><svg width="50px" height="50px" viewBox="0 0 60 60" version="1.1" xmlns="https://www.w3.org/2000/svg" xmlns:xlink="https://www.w3.org/1999/xlink"><g stroke="none"><path d="M556.869,30.41 C554.814,30.41"></path></g></svg></blockquote>
<script async src="//www.instagram.com/embed.js"></script>""", "//www.instagram.com/embed.js"),
    _s("tiktok", """<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@news/video/1" data-video-id="1" style="max-width: 605px;min-width: 325px;"> <section> </section> </blockquote> <script async src="https://www.tiktok.com/embed.js"></script>""",
       "https://www.tiktok.com/embed.js"),
    _s("facebook-sdk", """<div id="fb-root"></div>
<script async defer crossorigin="anonymous" src="https://connect.facebook.net/fr_FR/sdk.js#xfbml=1&version=v19.0" nonce="AbCd"></script>
<div class="fb-post" data-href="https://www.facebook.com/news/posts/1/" data-width="500"></div>""",
       "https://connect.facebook.net/fr_FR/sdk.js#xfbml=1&version=v19.0"),
    _s("facebook-frame", """<iframe src="https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fnews%2Fposts%2F1&show_text=true&width=500" width="500" height="300" style="border:none;overflow:hidden" scrolling="no"></iframe>""",
       "https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fnews%2Fposts%2F1&show_text=true&width=500"),
    _s("disqus", """<div id="disqus_thread"></div>
<script>
    var disqus_config = function () { this.page.url = '/a'; this.page.identifier = 1; };
    (function() { var d = document, s = d.createElement('script'); s.src = 'https://news.disqus.com/embed.js';
    s.setAttribute('data-timestamp', +new Date()); (d.head || d.body).appendChild(s); })();
</script>
<noscript>Please enable JavaScript to view the <a href="https://disqus.com/?ref_noscript">comments.</a></noscript>""", inline="disqus_config"),
    _s("outbrain", """<div class="OUTBRAIN" data-src="/a" data-widget-id="AR_1"></div>
<script type="text/javascript" async="async" src="//widgets.outbrain.com/outbrain.js"></script>""", "//widgets.outbrain.com/outbrain.js"),
    _s("taboola-slot", """<div id="taboola-below"></div><script type="text/javascript">
  window._taboola = window._taboola || []; _taboola.push({mode: 'thumbnails-a', container: 'taboola-below'});</script>""", inline="_taboola"),
    _s("maps", """<iframe src="https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d2624.9!2d2.29!3d48.85!2m3!1f0" width="600" height="450" style="border:0;" allowfullscreen="" referrerpolicy="no-referrer-when-downgrade"></iframe>""",
       "https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d2624.9!2d2.29!3d48.85!2m3!1f0"),
    _s("pixel-body", """<IMG SRC="https://secure.adnxs.com/seg?add=1&amp;t=2" WIDTH=1 HEIGHT=1 ALT="">""", "https://secure.adnxs.com/seg?add=1&t=2"),
    _s("ad-noscript", """<noscript><a href="https://ad.example.net/jump?sz=728x90"><img src="https://ad.example.net/ad?sz=728x90;ord=12?" width="728" height="90" alt=""/></a></noscript>""",
       "https://ad.example.net/ad?sz=728x90;ord=12?"),
    _s("doubleclick-frame", """<noscript><iframe src="https://1234.fls.doubleclick.net/activityi;src=1234;type=a;cat=b;ord=1?" width="1" height="1" frameborder="0" style="display:none"></iframe></noscript>""",
       "https://1234.fls.doubleclick.net/activityi;src=1234;type=a;cat=b;ord=1?"),
    _s("spotify", """<iframe style="border-radius:12px" src="https://open.spotify.com/embed/episode/1?utm_source=generator" width="100%" height="152" frameBorder="0" allowfullscreen=""></iframe>""",
       "https://open.spotify.com/embed/episode/1?utm_source=generator"),
    _s("soundcloud", """<iframe width="100%" height="166" scrolling="no" src="https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/1&color=%23ff5500"></iframe>""",
       "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/1&color=%23ff5500"),
    _s("datawrapper", """<iframe title="Carte" id="datawrapper-chart-a" src="https://datawrapper.dwcdn.net/abcde/1/" style="width: 0; min-width: 100% !important; border: none;" height="400"></iframe><script type="text/javascript">!function(){"use strict";window.addEventListener("message",(function(a){if(void 0!==a.data["datawrapper-height"]){}}))}();</script>""",
       "https://datawrapper.dwcdn.net/abcde/1/"),
    _s("infogram", """<div class="infogram-embed" data-id="1"></div><script>!function(e,n,i,s){var d="InfogramEmbeds";var o=e.getElementsByTagName(n)[0];if(!e.getElementById(i)){var r=e.createElement(n);r.async=1,r.id=i,r.src=s,o.parentNode.insertBefore(r,o)}}(document,"script","infogram-async","https://e.infogram.com/js/dist/embed-loader-min.js");</script>""",
       inline="InfogramEmbeds"),
    _s("picture-cdn", """<picture><source type="image/webp" srcset="https://img.newscdn.example/a-400.webp 400w, https://img.newscdn.example/a-800.webp 800w" sizes="(max-width: 600px) 100vw, 600px"><img src="https://img.newscdn.example/a-800.jpg" alt="Photo" loading="lazy"></picture>""",
       "https://img.newscdn.example/a-400.webp", "https://img.newscdn.example/a-800.webp", "https://img.newscdn.example/a-800.jpg"),
    _s("video-js", """<video controls poster="//media.example.org/p.jpg"><source src="//media.example.org/v.mp4" type="video/mp4"><track src="//media.example.org/fr.vtt" kind="captions" srclang="fr"></video>""",
       "//media.example.org/p.jpg", "//media.example.org/v.mp4", "//media.example.org/fr.vtt"),
    _s("background", """<div class="hero" style="background-image:url(&quot;https://img.newscdn.example/hero.jpg&quot;)">Une</div>""",
       "https://img.newscdn.example/hero.jpg"),
    _s("legacy-table", """<table background="http://img.newscdn.example/bg.gif"><tr><td background='http://img.newscdn.example/td.gif'>x</td></tr></table>""",
       "http://img.newscdn.example/bg.gif", "http://img.newscdn.example/td.gif"),
    _s("svg-sprite", """<svg class="i"><use xlink:href="https://cdn.newscdn.example/s.svg#fb"></use></svg>""", "https://cdn.newscdn.example/s.svg#fb"),
    _s("pinterest", """<a data-pin-do="buttonBookmark" href="https://www.pinterest.com/pin/create/button/"></a><script async defer src="//assets.pinterest.com/js/pinit.js"></script>""",
       "//assets.pinterest.com/js/pinit.js"),
    _s("amp-pixel-look-alike", """<amp-pixel src="https://pixel.example.net/t"></amp-pixel>"""),
    _s("lazy", """<img class="lazy" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="https://img.newscdn.example/l.jpg"><noscript><img src="https://img.newscdn.example/l.jpg"></noscript>""",
       "https://img.newscdn.example/l.jpg"),
    _s("template-card", """<template id="card"><img src="https://img.newscdn.example/card.jpg"></template>""", "https://img.newscdn.example/card.jpg"),
    _s("tabs-in-url", "<script src=\" https:/\t/cdn.adnet.example/\nx.js \"></script>", " https:/\t/cdn.adnet.example/\nx.js "),
    _s("ping-links", """<a href="/next" ping="https://ping.adnet.example/1 https://ping.adnet.example/2">Suite</a>""",
       "https://ping.adnet.example/1", "https://ping.adnet.example/2"),
    _s("object-flash", """<object width="425" height="344"><param name="movie" value="http://www.youtube.com/v/abc"><embed src="http://www.youtube.com/v/abc" type="application/x-shockwave-flash" width="425" height="344"></embed></object>""",
       "http://www.youtube.com/v/abc"),
    _s("document-write", """<script>document.write('<scr'+'ipt src="https://ad.example.net/w.js"></scr'+'ipt>');</script>""", inline="ad.example.net/w.js"),
    _s("script-comment", """<script language="JavaScript"><!--
document.write('<script src="https://ad.example.net/old.js"></script>');
//--></script>""", inline="ad.example.net/old.js"),
)  # fmt: skip

SNIPPETS = tuple(
    Snippet(s.name, s.html, s.urls, s.inline, head)
    for head, group in ((True, _IN_HEAD), (False, _IN_BODY))
    for s in group
)
