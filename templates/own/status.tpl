{{%AUTOESCAPE context="HTML"}}<h1>runnel</h1>
<dl class="runnel-facts">
<div><dt>Open streams</dt><dd>{{STREAMS}}</dd></div>
<div><dt>Events</dt><dd>{{EVENTS}}</dd></div>
<div><dt>Epoch</dt><dd>{{EPOCH}}</dd></div>
<div><dt>Version</dt><dd>{{VERSION}}</dd></div>
</dl>
<div class="runnel-grid" hx-ext="sse" sse-connect="{{STREAM}}" sse-close="close" sse-swap="message" hx-swap="none" hx-target="this">
{{COMPONENTS:none}}
</div>
<h2>Channels</h2>
<div class="runnel-scroll" role="region" aria-label="Channels" tabindex="0">
<table class="runnel-channels">
<thead><tr><th scope="col">Channel</th><th scope="col">Events</th><th scope="col">Last</th><th scope="col">Id</th><th scope="col">Time</th></tr></thead>
<tbody>
{{#CHANNELS}}<tr><th scope="row"><a href="{{BASE}}/components/{{CHANNEL}}"><bdi>{{CHANNEL}}</bdi></a></th><td>{{COUNT}}</td><td>{{LAST}}</td><td>{{ID}}</td><td><time class="runnel-time" datetime="{{TIME}}">{{TIME}}</time></td></tr>
{{/CHANNELS}}</tbody>
</table>
</div>
