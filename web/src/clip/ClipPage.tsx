export default function ClipPage() {
  return <h1>Clip</h1>
}
