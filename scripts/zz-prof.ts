import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { buildServer, ServerProcess } from './bench/server-process.ts';
import { inLanes } from './bench/load.ts';
import { Visitors, visitPlain } from './bench/visitors.ts';
await buildServer();
const [,, name, kind, n='40000'] = process.argv as any;
const dir = mkdtempSync('/tmp/prof-');
const s = await ServerProcess.start(name,{flags:['--cpu-prof',`--cpu-prof-dir=${dir}`,'--cpu-prof-interval=200']});
const c = await s.connect(4); const lanes = Array.from({length:16},()=>c).flat();
const v = new Visitors({setsCookies: name.includes('cookie')||name.includes('secure')});
if (!name.startsWith('bare')) await inLanes(lanes, 2000, (x)=>v.join(x));
await inLanes(lanes, Number(n), (x)=>name.startsWith('bare')?visitPlain(x):v.visit(x,kind));
await s.stop();
const p = JSON.parse(readFileSync(`${dir}/${readdirSync(dir)[0]}`,'utf8'));
const self = new Map<number, number>(); let busy=0;
const by = new Map(p.nodes.map((x:any)=>[x.id,x]));
p.samples.forEach((id:number,i:number)=>{ if (i < p.samples.length*0.25) return; const f=(by.get(id) as any).callFrame.functionName; if (f==='(idle)') return; busy+=p.timeDeltas[i]; self.set(id,(self.get(id)??0)+p.timeDeltas[i]); });
const rows = new Map<string, number>();
for (const [id,t] of self) { const f=(by.get(id) as any).callFrame; const k=`${f.functionName||'(anon)'} ${f.url.replace(/.*node_modules\//,'').replace(/.*\.cache\/bench\//,'')}:${f.lineNumber+1}`; rows.set(k,(rows.get(k)??0)+t); }
// inclusive of ours by function
const parent = new Map<number,number>(); for (const x of p.nodes) for (const ch of x.children??[]) parent.set(ch,x.id);
const incl = new Map<string, number>();
for (const [id,t] of self) { const seen=new Set<string>(); let q:number|undefined=id; while(q!==undefined){ const f=(by.get(q) as any).callFrame; const k=`${f.functionName||'(anon)'} ${f.url.replace(/.*node_modules\//,'').replace(/.*\.cache\/bench\//,'')}:${f.lineNumber+1}`; if(!seen.has(k)){seen.add(k);incl.set(k,(incl.get(k)??0)+t);} q=parent.get(q);} }
const show=(m:Map<string,number>,n:number)=>[...m].sort((a,b)=>b[1]-a[1]).slice(0,n).forEach(([k,t])=>console.log((100*t/busy).toFixed(1).padStart(6),k));
console.log('SELF'); show(rows,45); console.log('INCL'); show(new Map([...incl].filter(([k])=>/server.mjs|cookies|keygrip|vary/.test(k))),45);
process.exit();
