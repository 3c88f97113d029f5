import { buildServer, ServerProcess } from './bench/server-process.ts';
import { inLanes } from './bench/load.ts';
import { Visitors, visitPlain } from './bench/visitors.ts';
await buildServer();
const names = (process.argv[2] ?? 'bare Koa|koa-session, memory|ours, memory|ours, memory, sealed id|koa-session, cookie|ours, cookie|ours, signed cookie').split('|') as any[];
const rounds = Number(process.argv[3] ?? 12), N=1500;
const R: any = {}, C: any = {};
for (const name of names) {
const s = await ServerProcess.start(name);
const c = await s.connect(4); const lanes = Array.from({length:16},()=>c).flat();
const v = new Visitors({setsCookies: name.includes('cookie')||name.includes('secure')});
if (!name.startsWith('bare')) await inLanes(lanes, 2000, (x)=>v.join(x));
R[name]={s,c,lanes,v}; C[name]={};
}
const kinds = (process.argv[4]??'none|read|write|new').split('|') as any[];
for (let r=-6;r<rounds;r++) for (const kind of kinds) for (const name of names) { const {s,lanes,v}=R[name];
 const b=await s.cpu(); await inLanes(lanes,N,(x)=>name.startsWith('bare')?visitPlain(x):v.visit(x,kind)); const x=((await s.cpu())-b)/N; if (r>=0) (C[name][kind]??=[]).push(x); }
const q=(a:number[])=>{const s=[...a].sort((x,y)=>x-y); return s.slice(0,Math.ceil(s.length/4)).reduce((x,y)=>x+y)/Math.ceil(s.length/4);};
for (const name of names) { const base=name.includes('memory')?'koa-session, memory':'koa-session, cookie'; const bare=name.includes('astify')?'bare Fastify':'bare Koa';
 console.log(name.padEnd(26), kinds.map((k)=>{const o=q(C[name][k])-q(C[bare][k]); const d=C[base]?q(C[base][k])-q(C[bare][k]):NaN; return `${k} ${q(C[name][k]).toFixed(1)} +${o.toFixed(1)} ${(o/d).toFixed(2)}`.padEnd(24)}).join('')); }
for (const name of names) await R[name].s.stop();
process.exit();
