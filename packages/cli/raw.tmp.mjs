import Database from "better-sqlite3";
import fs from "node:fs";
const [src,dst,batch="500",sync="FULL"]=process.argv.slice(2);
for (const s of ["","-wal","-shm"]) fs.rmSync(dst+s,{force:true});
const a=new Database(src), b=new Database(dst);
b.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${sync}; PRAGMA cache_size=-16384`);
b.exec("CREATE TABLE kv(sid INTEGER NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, v BLOB NOT NULL, PRIMARY KEY(sid,type,id)) STRICT");
let t=performance.now(), n=0;
const rd=a.prepare("SELECT sid,type,id,v FROM kv WHERE sid=? ORDER BY sid,type,id");
const sids=a.prepare("SELECT DISTINCT sid FROM kv").all();
for (const {sid} of sids) for (const r of rd.iterate(sid)) n++;
const read=performance.now()-t;
console.log("read",n,Math.round(n/read*1000)+"/s");
const ins=b.prepare("INSERT INTO kv VALUES(?,?,?,?) ON CONFLICT(sid,type,id) DO UPDATE SET v=excluded.v");
let w=0, flush=0;
for (const {sid} of sids) {
  const rows=rd.all(sid);
  t=performance.now();
  for (let i=0;i<rows.length;i+=+batch){ b.exec("BEGIN IMMEDIATE"); for(const r of rows.slice(i,i+ +batch)) ins.run(r.sid,r.type,r.id,r.v); b.exec("COMMIT"); }
  w+=performance.now()-t;
}
console.log("write",Math.round(n/w*1000)+"/s", (w/n*1000).toFixed(1)+"us");
