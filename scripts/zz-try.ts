import { buildServer } from './bench/server-process.ts';
import { measureRequests } from './bench/requests.ts';
await buildServer();
const names = process.argv[4]?.split('|');
const t=performance.now();
const costs: any = await measureRequests({rounds: Number(process.argv[2]??3), requests: Number(process.argv[3]??5000), sessions: 2000}, (l)=>console.error(l), names as any);
const bare: any = {koa: costs['bare Koa'], express: costs['bare Express'], fastify: costs['bare Fastify']};
for (const [n,c] of Object.entries<any>(costs)) {
  const b = n.includes('xpress')?bare.express:n.includes('astify')?bare.fastify:bare.koa;
  const base = n.includes('memory')?costs['koa-session, memory']:costs['koa-session, cookie'];
  console.log(n.padEnd(26), ...Object.entries<any>(c).map(([k,v])=>`${k} ${v.toFixed(1)} (+${(v-b[k]).toFixed(1)}${base&&b===bare.koa?`, ${((v-b[k])/(base[k]-b[k])).toFixed(2)}`:''})`.padEnd(26)));
}
console.log((performance.now()-t)/1000,'s');
process.exit();
