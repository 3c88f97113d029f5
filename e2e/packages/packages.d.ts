// The packages have the type any, so that the tests type-check without them.
declare module 'grant';
declare module 'koa-csrf';
declare module 'koa-mount';
declare module 'koa-passport';
declare module 'koa-redis';
declare module 'koa-websocket';
declare module 'passport-local';
declare module 'serverless-http';
declare module 'ws';
