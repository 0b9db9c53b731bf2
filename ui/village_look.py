"""The styles of the village page, on the screen and on paper."""

CSS = """
.st-key-vil{display:grid!important;grid-template-columns:minmax(0,720fr) minmax(0,428fr);
 grid-template-rows:auto auto 1fr;
 grid-template-areas:"head head" "pass side" "main side";gap:20px 28px!important;align-items:start}
.st-key-vil>*{min-width:0;width:auto!important}
.st-key-vil>:has(>.st-key-vil-head),.st-key-vil>.st-key-vil-head{grid-area:head}
.st-key-vil>:has(>.st-key-vil-pass),.st-key-vil>.st-key-vil-pass{grid-area:pass}
.st-key-vil>:has(>.st-key-vil-main),.st-key-vil>.st-key-vil-main{grid-area:main}
.st-key-vil>:has(>.st-key-vil-side),.st-key-vil>.st-key-vil-side{grid-area:side}
.st-key-vil-main,.st-key-vil-side{gap:22px!important}
.st-key-vil-pass,.st-key-vil-map{gap:6px!important}
.st-key-vil iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
.st-key-vil .vp-legend{font-size:12px;gap:2px 14px}
.vl-head{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:6px 40px;align-items:end;
 border-bottom:1px solid #C9D0D6;padding-bottom:12px}
.vl-head .vc-head{justify-content:flex-start;align-items:center;gap:6px 14px;flex-wrap:wrap}
.vl-head .vc-head h2{font-size:26px;line-height:34px}
.vl-head .vc-figs{margin:0;padding:0;border:0}.vl-head .vc-figs div{padding:0 20px}
.vl-head .vc-sub{font-size:14px;margin-top:2px}
.vl-then{grid-column:1/-1;font-size:14px;line-height:20px;color:#4F5B67}
.vl-then b{color:#1A2430;font-weight:700}
table.vl-t{border-collapse:collapse;width:100%;table-layout:fixed;font-size:14px;margin:0}
.vl-t th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;
 border-bottom:1px solid #C9D0D6;padding:2px 4px;vertical-align:bottom;line-height:16px}
.vl-t td{border:0;border-bottom:1px solid #E2E6EA;padding:5px 4px;line-height:20px;
 vertical-align:middle;overflow-wrap:anywhere}
.vl-t .n{text-align:right}.vl-t td.n{overflow-wrap:normal}
.vl-t td.mut,.vl-t small{color:#4F5B67;font-size:12px}
.vl-t :is(td,th):first-child{padding-left:0}.vl-t :is(td,th):last-child{padding-right:0}
.vl-t th.theme{padding-top:12px;color:#1A2430;font-weight:700;font-size:13px}
.vl-t tr.sub td{padding:0 4px 6px;border-bottom:1px solid #E2E6EA}
.vl-t tr:has(+tr.sub) td{border-bottom-color:transparent}
.vl-t a,.vl-why a,.vl-v a{color:inherit!important;
 text-decoration:underline dotted #8A949E 1.5px!important;text-underline-offset:4px}
.vl-t a:hover,.vl-why a:hover,.vl-v a:hover{color:#1F4E79!important}
.vl-why{margin:0;padding:0;border-top:1px solid #C9D0D6;font-size:14px;line-height:20px}
.vl-why>div{display:grid;grid-template-columns:22px minmax(0,1fr);gap:0 6px;padding:8px 0;
 border-bottom:1px solid #E2E6EA}
.vl-why h3{font-size:14px;line-height:20px;font-weight:700;margin:0;padding:0;display:flex;
 flex-wrap:wrap;gap:0 10px;align-items:baseline;overflow-wrap:anywhere}
.vl-why h3 em{font-style:normal;font-weight:400}.vl-why h3 a{font-weight:400;font-size:13px;
 margin-left:auto}
.vl-why ul{margin:2px 0 0!important;padding:0!important;list-style:none}
.vl-why li{font-size:13px;line-height:20px;margin:0;padding:0;color:#1A2430;display:grid;
 grid-template-columns:minmax(0,1fr) max-content;gap:0 12px;overflow-wrap:anywhere}
.vl-why li span{color:#4F5B67;text-align:right}
.vl-more{margin:0}.vl-more>summary{cursor:pointer;font-size:13px;line-height:20px;padding:8px 0;
 color:#4F5B67}
.vl-none{font-size:14px;color:#4F5B67;padding:8px 0;border-top:1px solid #C9D0D6}
.vl-v td{font-size:14px}.vl-v :is(td,th):last-child{padding-left:24px!important}
.vl-v .vl-go{font-weight:700}
.vl-lost{font-size:14px;line-height:22px;margin:0 0 8px;overflow-wrap:anywhere}
.vl-note{font-size:12px;line-height:18px;color:#4F5B67;margin:0}
.st-key-vil-files{gap:6px!important;margin:-6px 0 4px}
.st-key-vil-files button{min-height:28px!important;height:28px;padding:0 10px!important}
.st-key-vil-files button p{font-size:13px!important}
.st-key-vil-side{position:sticky;top:12px}
.vl-tg .vm-t{width:auto;border-collapse:collapse;border-left:2px solid #C9D0D6;font-size:12px;
 margin:0}
.vl-tg .vm-t td{border:0!important;padding:0 10px!important;font-size:12px;line-height:18px;
 color:#4F5B67}
.vl-tg .vm-t tr.own td{color:#1A2430;font-weight:700}
.vl-tg .vm,.vl-tg .vm details,.vl-tg .vm li{font-size:12px;line-height:18px}
.vl-tg .vm ul{margin:0!important}
@media (max-width:900px){
 .st-key-vil{display:flex!important;flex-direction:column;gap:20px!important;align-items:stretch}
 .st-key-vil>:has(>.st-key-vil-side),.st-key-vil>.st-key-vil-side{order:2}
 .st-key-vil>:has(>.st-key-vil-main),.st-key-vil>.st-key-vil-main{order:3}
 .vl-head{grid-template-columns:minmax(0,1fr)}.vl-head .vc-figs div:first-child{padding-left:0}
}
@media (max-width:640px){
 .vl-head .vc-figs div{padding:0 10px}
 .vl-tg colgroup,.vl-tg thead{display:none}.vl-tg,.vl-tg tbody{display:block}
 .vl-tg tr{display:grid;grid-template-columns:26px minmax(0,1fr) auto;padding:6px 0;
  border-bottom:1px solid #E2E6EA}
 .vl-tg td{border:0;padding:0 4px 0 0}.vl-tg th.theme{grid-column:1/-1}
 .vl-tg td.bar{grid-area:2/2}.vl-tg td.share{grid-area:1/3}.vl-tg td.need{grid-area:2/3;
  font-size:12px}.vl-tg :is(.goal,.then){display:none}
 .vl-tg tr:has(+tr.sub){border-bottom:0}.vl-tg tr.sub{display:block;padding-left:26px}
 .vl-tg tr.sub td{border:0}.vl-tg tr.sub td:first-child{display:none}
 .vl-tg .vm-t{display:table}.vl-tg .vm-t tbody{display:table-row-group}
 .vl-tg .vm-t tr{display:table-row;padding:0}.vl-tg .vm-t tr td:first-child{display:table-cell}
 .vl-v colgroup,.vl-v .hide{display:none}.vl-v{table-layout:auto!important}
 .vl-v :is(td,th):first-child{width:26px}.vl-v :is(td,th):nth-child(3){width:84px}
 .vl-v :is(td,th):nth-child(4){width:76px;padding-left:0!important;padding-right:0!important}
}
@media print{
 @page{size:A4;margin:12mm 14mm}
 html,body,.stApp{background:#fff!important;-webkit-print-color-adjust:exact;
  print-color-adjust:exact}
 .stSidebar,.stAppHeader,.st-key-choice-lang,.st-key-bar-result,.st-key-bar button svg,
 .vl-why-more,.st-key-vil-targets .vl-more,.vl-tg .sub,.vl-tg .ex,
 .st-key-vil-tasks:has(.vl-none),.st-key-vil-main>*:last-child .vc,
 .st-key-assess-again,.st-key-vil-top,.st-key-vil-files,.st-key-vil-fill,.st-key-vil-go,
 [data-testid=stToast],.vl-noprint,.ex>summary,.leaflet-control-zoom{display:none!important}
 .stApp,.stMain,[data-testid=stAppViewContainer],.stMainBlockContainer{position:static!important;
  display:block!important;overflow:visible!important;height:auto!important;padding:0!important;
  max-width:none!important;background:#fff!important}
 .st-key-vil,.st-key-vil-main,.st-key-vil-side{display:block!important;position:static!important}
 .st-key-vil>*{margin-bottom:6px}
 .st-key-vil>:has(>.st-key-vil-side),.st-key-vil>.st-key-vil-side{float:right;
  width:250px!important;margin:0 0 6px 18px}
 .st-key-vil iframe{height:210px!important;width:250px!important;break-inside:avoid}
 .st-key-vil .vp-legend{font-size:8pt}.st-key-vil-side .vl-none{font-size:9pt;padding:2px 0}
 .vl-t tr,.vl-why>div,.vc-box,figure,.vk-log li{break-inside:avoid}
 .vl-head{padding-bottom:4px;grid-template-columns:minmax(0,1fr) auto}
 .vl-head .vc-head h2{font-size:17pt;line-height:22pt}
 .vc-box{padding:4px 10px!important}.vc-box,.vc-box *{font-size:9pt!important;
  line-height:13pt!important}
 .vp-h{margin:4px 0 2px!important}.vp-h h2{font-size:11pt!important;line-height:15pt!important}
 .vl-why>div{padding:3px 0}.vl-why h3,.vl-why li{font-size:9pt;line-height:13pt}
 .st-key-vil-targets{display:block!important;clear:both;columns:3;column-gap:14px}
 .st-key-vil-targets>:first-child{column-span:all}
 .vl-tg :is(td,th){font-size:8pt;line-height:10.5pt;padding:1px 2px}
 .vl-tg th.theme{padding-top:3px;font-size:8pt;break-after:avoid}
 .vl-tg svg,.vl-tg .vf-lh{height:12px}
 .st-key-vil-targets>:not(:first-child) .vl-tg{table-layout:auto}
 .st-key-vil-targets>:not(:first-child) .vl-tg :is(colgroup,.bar,.goal,.then,.need){
  display:none}
 .st-key-vil-targets>:not(:first-child) .vl-tg :is(td,th){font-size:7pt;line-height:9pt}
 .st-key-vil-targets>:not(:first-child) .vl-tg td:first-child{width:15px}
 .st-key-vil-targets>:not(:first-child) .vl-tg .share{width:30px;white-space:nowrap}
 .vs-sure{font-size:6pt!important;line-height:8pt!important;margin-left:2px}
 .vs-key{font-size:7pt;line-height:9pt;margin:2px 0 0}
 a{text-decoration:none!important;color:inherit!important}
 .vp-foot{font-size:8pt!important;line-height:10.5pt!important;margin:4px 0 0!important;
  padding:3px 0 0!important}
}
"""
