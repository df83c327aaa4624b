{{%AUTOESCAPE context="HTML"}}<section class="runnel runnel-log" aria-labelledby="{{ELEMENT}}-name"{{#LIVE}} hx-ext="sse" sse-connect="{{STREAM}}" sse-close="close"{{#OOB}} sse-swap="message" hx-swap="none" hx-target="this"{{/OOB}}{{/LIVE}}>
<h2 class="runnel-name" id="{{ELEMENT}}-name"><bdi>{{CHANNEL}}</bdi></h2>
{{#EMPTY}}<p class="runnel-empty"{{#LIVE}}{{#NAMED}} sse-swap="log" hx-swap="delete" hx-target="this"{{/NAMED}}{{/LIVE}}>No lines yet.</p>
{{/EMPTY}}<div id="{{ELEMENT}}" class="runnel-lines" role="log" aria-label="{{NAME}}" tabindex="0" data-runnel-list="2000"{{#LIVE}}{{#NAMED}} sse-swap="log" hx-swap="beforeend" hx-target="this"{{/NAMED}}{{/LIVE}}>{{FRAGMENT:none}}</div>
<div id="{{ELEMENT}}-end" data-runnel-list="1"{{#LIVE}}{{#NAMED}} sse-swap="complete,failed" hx-swap="innerHTML" hx-target="this"{{/NAMED}}{{/LIVE}}>{{END:none}}</div>
<p class="runnel-connection" role="status" data-runnel-lost="Reconnecting…" hidden></p>
{{#AGAIN}}{{#LIVE}}<span hidden hx-get="{{AGAIN}}" hx-trigger="htmx:sseClose from:closest section delay:10s, htmx:sse:close from:closest section delay:10s, htmx:afterRequest delay:10s, htmx:after:request delay:10s" hx-swap="outerHTML" hx-target="closest section"></span>{{/LIVE}}{{#OVER}}<span hidden hx-get="{{AGAIN}}" hx-trigger="load delay:10s, htmx:afterRequest delay:10s, htmx:after:request delay:10s" hx-swap="outerHTML" hx-target="closest section"></span>{{/OVER}}
{{/AGAIN}}</section>
