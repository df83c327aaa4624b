{{%AUTOESCAPE context="HTML"}}<section class="runnel runnel-notifications" aria-labelledby="{{ELEMENT}}-name"{{#LIVE}} hx-ext="sse" sse-connect="{{STREAM}}" sse-close="close"{{#OOB}} sse-swap="message" hx-swap="none" hx-target="this"{{/OOB}}{{/LIVE}}>
<h2 class="runnel-name" id="{{ELEMENT}}-name"><bdi>{{CHANNEL}}</bdi></h2>
{{#EMPTY}}<p class="runnel-empty"{{#LIVE}}{{#NAMED}} sse-swap="notification" hx-swap="delete" hx-target="this"{{/NAMED}}{{/LIVE}}>No notifications.</p>
{{/EMPTY}}<div id="{{ELEMENT}}" role="status" aria-live="polite" aria-atomic="false" data-runnel-list="20"{{#LIVE}}{{#NAMED}} sse-swap="notification" hx-swap="afterbegin" hx-target="this"{{/NAMED}}{{/LIVE}}>{{FRAGMENT:none}}</div>
<p class="runnel-connection" role="status" data-runnel-lost="Reconnecting…" hidden></p>
{{#AGAIN}}{{#LIVE}}<span hidden hx-get="{{AGAIN}}" hx-trigger="htmx:sseClose from:closest section delay:10s, htmx:sse:close from:closest section delay:10s, htmx:afterRequest delay:10s, htmx:after:request delay:10s" hx-swap="outerHTML" hx-target="closest section"></span>{{/LIVE}}{{#OVER}}<span hidden hx-get="{{AGAIN}}" hx-trigger="load delay:10s, htmx:afterRequest delay:10s, htmx:after:request delay:10s" hx-swap="outerHTML" hx-target="closest section"></span>{{/OVER}}
{{/AGAIN}}</section>
