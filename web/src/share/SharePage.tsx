export default function SharePage() {
  return <h1>Share</h1>
}
