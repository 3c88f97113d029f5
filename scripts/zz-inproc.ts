import { IncomingMessage, ServerResponse } from 'node:http';
import { START } from './bench/start.ts';
const names = (process.argv[2] ?? 'bare Koa|koa-session, memory|ours, memory|ours, memory, sealed id|koa-session, cookie|ours, cookie|ours, signed cookie').split('|') as any[];
const kinds=(process.argv[3]??'none|read|write|new').split('|');
const socket: any = { encrypted:false, writable:true, on(){}, removeListener(){}, cork(){}, uncork(){}, write(){return true}, destroy(){}, setTimeout(){}, _httpMessage:null, writableHighWaterMark:16384, remoteAddress:'127.0.0.1' };
function one(app:any, path:string, cookie:string): Promise<any> { const req:any=new IncomingMessage(socket); req.method='GET'; req.url=path; req.httpVersionMajor=1; req.httpVersionMinor=1; req.headers.host='localhost'; req.headers.cookie=cookie; const res:any=new ServerResponse(req);
 return new Promise((ok)=>{ const end=res.end; res.end=function(b:any){ res.body=b; end.call(res,b); ok(res); }; app(req,res); }); }
const res: any = {};
for (const name of names) {
 const app = await (START as any)[name]();
 const jars = []; 
 if(!name.startsWith('bare')) for (let i=0;i<1000;i++) { const r=await one(app,'/new','theme=dark'); jars.push('theme=dark; '+[r.getHeader('set-cookie')].flat().map((x:string)=>x.split(';')[0]).join('; ')); }
 res[name]={};
 for (const kind of kinds) {
  const path = name.startsWith('bare')?'/none':'/'+kind;
  const times=[]; let n=0;
  for (let r=0;r<Number(process.argv[4]??14);r++) { const b=process.cpuUsage(); for (let i=0;i<4000;i++){ if(i%16===0) await new Promise(r=>setImmediate(r)); const k=n++%1000; const rr=await one(app,path,kind==='new'||name.startsWith('bare')?'theme=dark':jars[k]); if(kind==='write'&&name.includes('cookie')) jars[k]='theme=dark; '+[rr.getHeader('set-cookie')].flat().map((x:string)=>x.split(';')[0]).join('; '); } const c=process.cpuUsage(b); times.push((c.user+c.system)/4000); }
  times.sort((a,b)=>a-b); res[name][kind]=(times[0]+times[1]+times[2])/3;
 }
 console.log(name.padEnd(26), kinds.map(k=>`${k} ${res[name][k].toFixed(2)} +${(res[name][k]-(res['bare Koa']?.[k]??0)).toFixed(2)}`.padEnd(22)).join(''));
}
