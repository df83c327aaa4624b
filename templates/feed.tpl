{{%AUTOESCAPE context="HTML"}}<article class="runnel-post" id="runnel-_-{{ID}}" hx-preserve>
<h3 class="runnel-title" dir="auto">{{#url}}<a href="{{url}}" rel="noopener">{{/url}}{{title}}{{#url}}</a>{{/url}}</h3>
{{#body}}<p class="runnel-body" dir="auto">{{body:x-lines}}</p>
{{/body}}<p class="runnel-byline">{{#author}}<bdi>{{author}}</bdi> {{/author}}<time class="runnel-time" datetime="{{TIME}}">{{TIME}}</time></p>
</article>
