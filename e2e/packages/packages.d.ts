// Types of the packages: any. So everything here is checked whether they are installed or not.
declare module 'grant';
declare module 'koa-csrf';
declare module 'koa-mount';
declare module 'koa-passport';
declare module 'koa-redis';
declare module 'koa-websocket';
declare module 'passport-local';
declare module 'serverless-http';
declare module 'ws';
